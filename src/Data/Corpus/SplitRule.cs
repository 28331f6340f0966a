using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>
/// Assigns a document to a split by its hash alone. So equal documents are in the same split, and adding a document to a corpus
/// moves no other document.
/// </summary>
/// <param name="Limit">Documents with a smaller hash go to validation.</param>
internal readonly record struct SplitRule(UInt128 Limit)
{
    public static SplitRule FromShare(double validationShare) => new((UInt128)Math.ScaleB(validationShare, 64) << 64);

    public DataSplit GetSplit(UInt128 hash) => hash < Limit ? DataSplit.Validation : DataSplit.Train;

    /// <summary>Returns the nearest rule under which neither split is empty, for very small corpora.</summary>
    /// <param name="smallest">Smallest hash of the corpus.</param>
    /// <param name="largest">Largest hash of the corpus; not equal to <paramref name="smallest"/>.</param>
    public SplitRule WithBothSplits(UInt128 smallest, UInt128 largest) =>
        new(Limit <= smallest ? smallest + 1 : Limit > largest ? largest : Limit);
}
