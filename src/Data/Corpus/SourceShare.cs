namespace TurkishLlm.Data.Corpus;

/// <summary>What a cap and a weight keep of a source: its documents up to two borders of priority.</summary>
/// <param name="CapThreshold">Documents of a lower priority class are within the cap.</param>
/// <param name="Copies">How often all of those are written.</param>
/// <param name="ExtraCopyThreshold">Those of a lower priority class are written once more.</param>
/// <remarks>
/// A document's priority is a seeded hash of its text, in 65,536 classes. A border is the highest that does not pass the bytes
/// aimed at: what is kept is never more, and less by about one document, or by 1/65,536 of a large source. Spec: DAT-42.
/// </remarks>
internal readonly record struct SourceShare(int CapThreshold, int Copies, int ExtraCopyThreshold)
{
    public const int Classes = 1 << 16;

    /// <param name="source">The cap and the weight.</param>
    /// <param name="bytes">Bytes of the source's documents by class of priority.</param>
    public static SourceShare Compute(CorpusSource source, long[] bytes)
    {
        var withinCap = FindThreshold(bytes, source.CapBytes ?? long.MaxValue);
        var copies = (int)Math.Floor(source.Weight);
        var capped = bytes.AsSpan(0, withinCap);
        var rest = 0L;
        foreach (var inClass in capped) rest += inClass;
        return new(withinCap, copies, source.Weight == copies ? 0 : FindThreshold(capped, (long)((source.Weight - copies) * rest)));
    }

    public static int GetPriorityClass(StagedDocument document, long seed) => (int)(document.ComputePriority(seed) >> 48);

    /// <summary>How often a document is written for training; 0 when it is left out.</summary>
    public int GetCopies(int priorityClass) => priorityClass >= CapThreshold ? 0 : Copies + (priorityClass < ExtraCopyThreshold ? 1 : 0);

    private static int FindThreshold(ReadOnlySpan<long> bytes, long maxBytes)
    {
        var sum = 0L;
        for (var i = 0; i < bytes.Length; i++)
            if ((sum += bytes[i]) > maxBytes) return i;
        return bytes.Length;
    }
}
