import { createRecognizer } from 'sdnet';
import { expect, it, vi } from 'vitest';
import { chosenModel, chosenRecognizer } from '../src/recognition/chosen-recognizer.js';
import { weightsOf } from '../src/teach/models.js';

vi.mock('sdnet', () => ({ createRecognizer: vi.fn() }));
vi.mock('../src/recognition/engine.js', () => ({
  cropRecognizer: vi.fn(),
  shippedRecognizer: vi.fn(),
  threads: 1,
}));
vi.mock('../src/teach/models.js', () => ({
  models: { value: [{ id: 'a' }, { id: 'b' }] },
  weightsOf: vi.fn(),
}));

it('makes the chosen model once, though one chosen before it fails late', async () => {
  let fail: (error: Error) => void;
  vi.mocked(weightsOf)
    .mockReturnValueOnce(new Promise((_, reject) => (fail = reject)))
    .mockResolvedValue(new Uint8Array());
  vi.mocked(createRecognizer).mockImplementation(async () => ({}) as never);
  chosenModel.value = 'a';
  const late = chosenRecognizer();
  chosenModel.value = 'b';
  const chosen = await chosenRecognizer();
  fail!(new Error('There is no model a.'));
  await expect(late).rejects.toThrow('no model a');
  expect(await chosenRecognizer()).toBe(chosen);
  expect(createRecognizer).toHaveBeenCalledOnce();
});
