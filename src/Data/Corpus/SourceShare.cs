namespace TurkishLlm.Data.Corpus;

/// <summary>The documents of a source that its cap and weight keep, as two thresholds of the priority class.</summary>
/// <param name="CapThreshold">Documents of a lower priority class are within the cap.</param>
/// <param name="Copies">Number of copies of all documents within the cap.</param>
/// <param name="ExtraCopyThreshold">Documents of a lower priority class are written once more.</param>
/// <remarks>
/// The priority of a document is a seeded hash of its text, in 65,536 classes. A threshold is the highest that does not exceed
/// the target in bytes: never more is kept, and less by about one document, or by 1/65,536 of a large source. Spec: DAT-42,
/// DAT-46.
/// </remarks>
internal readonly record struct SourceShare(int CapThreshold, int Copies, int ExtraCopyThreshold)
{
    public const int Classes = 1 << 16;

    /// <param name="source">The source with its cap and weight.</param>
    /// <param name="bytes">Bytes of the documents of the source by priority class.</param>
    public static SourceShare Compute(CorpusSource source, long[] bytes)
    {
        var withinCap = FindThreshold(bytes, source.CapBytes ?? long.MaxValue);
        var copies = (int)Math.Floor(source.Weight);
        var capped = bytes.AsSpan(0, withinCap);
        var rest = 0L;
        foreach (var inClass in capped) rest += inClass;
        return new(
            withinCap, copies,
            source.Weight == copies ? 0 : FindThreshold(capped, (long)((source.Weight - copies) * rest)));
    }

    public static int GetPriorityClass(StagedDocument document, long seed) => (int)(document.ComputePriority(seed) >> 48);

    /// <summary>Returns how often a document is written for training; 0 if it is excluded.</summary>
    public int GetCopies(int priorityClass) =>
        priorityClass >= CapThreshold ? 0 : Copies + (priorityClass < ExtraCopyThreshold ? 1 : 0);

    private static int FindThreshold(ReadOnlySpan<long> bytes, long maxBytes)
    {
        var sum = 0L;
        for (var i = 0; i < bytes.Length; i++)
            if ((sum += bytes[i]) > maxBytes) return i;
        return bytes.Length;
    }
}
