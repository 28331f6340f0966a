using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>
/// Decides from a document's hash alone where it goes, so that equal documents share a side
/// and adding a document to a corpus moves no other.
/// </summary>
/// <param name="Limit">Documents with a smaller hash are for validation.</param>
internal readonly record struct SplitRule(UInt128 Limit)
{
    public static SplitRule FromShare(double validationShare) => new((UInt128)Math.ScaleB(validationShare, 64) << 64);

    public DataSplit GetSplit(UInt128 hash) => hash < Limit ? DataSplit.Validation : DataSplit.Train;

    /// <summary>The nearest rule that leaves neither side empty, for corpora of so few documents that chance emptied one.</summary>
    /// <param name="smallest">Smallest hash of the corpus.</param>
    /// <param name="largest">Largest hash of the corpus; not equal to <paramref name="smallest"/>.</param>
    public SplitRule WithBothSides(UInt128 smallest, UInt128 largest) =>
        new(Limit <= smallest ? smallest + 1 : Limit > largest ? largest : Limit);
}
