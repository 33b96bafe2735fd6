using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Gives <paramref name="text"/>, one value of the element at <paramref name="place"/> in <paramref name="level"/>, back without what
/// identifies; null when nothing of it may stay, and the Basic Profile decides.
/// </summary>
internal delegate string? TextCleaning(string text, ElementPlace place, DataSet level);

/// <summary>
/// What is done with a private element under Retain Safe Private (PS3.15 E.3.10): any treatment but <see cref="Treatment.SafePrivate"/>
/// and <see cref="Treatment.Rule"/>. A sequence that is removed by it is still looked into, as E.3.10 wants, unless its creator is unknown.
/// </summary>
internal delegate Treatment PrivateJudgement(Element element, ElementPlace place, DataSet level);
