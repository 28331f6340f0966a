using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>Counts what comes in and what is left out, by reason.</summary>
internal sealed class Funnel
{
    private readonly Tally[] _leftOut = new Tally[(int)Enum.GetValues<ExclusionReason>().Max() + 1];

    public Tally Read { get; private set; }

    /// <summary>What is left.</summary>
    public Tally Kept => _leftOut.Aggregate(Read, (kept, left) => kept - left);

    /// <summary>The reasons that applied, in their order.</summary>
    public IReadOnlyList<ManifestExclusion> Excluded =>
        [.. from reason in Enum.GetValues<ExclusionReason>()
            let left = _leftOut[(int)reason]
            where left.Documents > 0
            select new ManifestExclusion(reason, left.Documents, left.Bytes)];

    public void CountRead(long bytes) => Read += new Tally(1, bytes);

    public void CountExcluded(ExclusionReason reason, long bytes) => _leftOut[(int)reason] += new Tally(1, bytes);

    public void Add(Funnel other) => Add(other.Read, other.Excluded);

    public void Add(Tally read, IReadOnlyList<ManifestExclusion> leftOut)
    {
        Read += read;
        foreach (var left in leftOut) _leftOut[(int)left.Reason] += new Tally(left.Documents, left.Bytes);
    }
}
