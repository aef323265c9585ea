import type { DatasetName } from '../datasets/index.js';

/** A method of the paper's Tables 2 to 5. */
export interface LiteratureRow {
  /** Absent where the text of the paper that was at hand has the figure without its method. */
  readonly method?: string;
  /** In [0, 1]. */
  readonly accuracy: number;
  /** Number in the paper's list of references; absent for its own method. */
  readonly reference?: number;
}

export interface LiteratureTable {
  /** As the paper has it. */
  readonly title: string;
  readonly rows: readonly LiteratureRow[];
}

/** Tables 2 to 5 of the paper, by data set, in their order. */
export const literature: Readonly<Partial<Record<DatasetName, LiteratureTable>>> = {
  'ck+': {
    title: 'Table 2. Comparison of FER results of different methods on CK+',
    rows: [
      { method: 'LDL-ALSG', accuracy: 0.9308, reference: 20 },
      { method: 'IPA2LT', accuracy: 0.9167, reference: 21 },
      { method: 'AGRA', accuracy: 0.8527, reference: 22 },
      { method: 'Li et al.', accuracy: 0.9646, reference: 23 },
      { method: 'DAM-CNN', accuracy: 0.9588, reference: 24 },
      { method: 'Ours', accuracy: 0.9779 },
    ],
  },
  'oulu-casia': {
    title: 'Table 3. Comparison of FER results of different methods on Oulu-CASIA',
    rows: [
      { method: 'LDL-ALSG', accuracy: 0.6394, reference: 20 },
      { method: 'IPA2LT', accuracy: 0.6102, reference: 21 },
      { method: 'Kuo et al.', accuracy: 0.8875, reference: 25 },
      { method: 'STC-NLSTM', accuracy: 0.9345, reference: 26 },
      { method: 'FESGAN', accuracy: 0.8813, reference: 27 },
      { method: 'Ours', accuracy: 0.9688 },
    ],
  },
  fer2013: {
    title: 'Table 4. Comparison of FER results of different methods on FER2013',
    rows: [
      { accuracy: 0.5481 },
      { accuracy: 0.5895 },
      { method: 'DAM-CNN', accuracy: 0.6531, reference: 24 },
      { method: 'Ours', accuracy: 0.6708 },
    ],
  },
  sfew: {
    title: 'Table 5. Comparison of FER results of different methods on SFEW',
    rows: [
      { accuracy: 0.3075 },
      { accuracy: 0.4 },
      { method: 'DAM-CNN', accuracy: 0.423, reference: 24 },
      { method: 'Ours', accuracy: 0.4566 },
    ],
  },
};

/** The paper's own entry, as this project cites it. */
export const paperReference =
  'L. Zhou, S. Li, Y. Wang and J. Liu, "SDNet: lightweight facial expression recognition for sample disequilibrium".';

/** References of these tables, as they are printed in the paper. */
export const references: Readonly<Record<number, string>> = {
  20: 'S.K. Chen, J.F. Wang, and Y.D. Chen, "Label distribution learning on auxiliary label space graphs for facial expression recognition," in Proceedings of the IEEE/CVF Conference on Computer Vision and Pattern Recognition, 2020, pp. 13984–13993.',
  21: 'J.B. Zeng, S.G. Shan, and X.L. Chen, "Facial expression recognition with inconsistently annotated datasets," in Proceedings of the European conference on computer vision (ECCV), 2018, pp. 222–237.',
  22: 'Y. Xie, T.S. Chen, and T. Pu, "Adversarial graph representation adaptation for cross-domain facial expression recognition," in Proceedings of the 28th ACM international conference on Multimedia, 2020, pp. 1255–1264.',
  23: 'W.H. Li, S.and Deng, "Blended emotion in-the-wild: Multi-label facial expression recognition using crowd-sourced annotations and deep locality feature learning," International Journal of Computer Vision, vol. 127, no. 6, pp. 884–906, 2019.',
  24: 'S.Y. Xie, H.F. Hu, and Y.B. Wu, "Deep multi-path convolutional neural network joint with salient region attention for facial expression recognition," Pattern recognition, vol. 92, pp. 177–191, 2019.',
  25: 'C.M. Kuo, S.H. Lai, and M. Sarkis, "A compact deep learning model for robust facial expression recognition," in Proceedings of the IEEE conference on computer vision and pattern recognition workshops, 2018, pp. 2121–2129.',
  26: 'Z.B. Yu, G.C. Liu, and Q.S. Liu, "Spatio-temporal convolutional features with nested lstm for facial expression recognition," Neurocomputing, vol. 317, pp. 50–57, 2018.',
  27: 'Y. Yan, Y. Huang, and S. Chen, "Joint deep learning of facial expression synthesis and recognition," IEEE Transactions on Multimedia, vol. 22, no. 11, pp. 2792–2807, 2019.',
  28: 'F.F. Zhang, T.Z. Zhang, and Q.R. Mao, "Facial expression recognition in the wild: A cycle-consistent adversarial attention transfer approach," in Proceedings of the 26th ACM international conference on Multimedia, 2018, pp. 126–135.',
  29: 'W.Y. Sun, H.T. Zhao, and Z. Jin, "A visual attention based roi detection method for facial expression recognition," Neurocomputing, vol. 296, pp. 12–22, 2018.',
};
