using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>Counts the documents read and, by reason, the documents excluded.</summary>
internal sealed class Funnel
{
    private readonly Tally[] _excluded = new Tally[(int)Enum.GetValues<ExclusionReason>().Max() + 1];

    public Tally Read { get; private set; }

    /// <summary>The documents that are not excluded.</summary>
    public Tally Kept => _excluded.Aggregate(Read, (kept, exclusion) => kept - exclusion);

    /// <summary>The reasons that applied, in the order of the enumeration.</summary>
    public IReadOnlyList<ManifestExclusion> Excluded =>
        [.. from reason in Enum.GetValues<ExclusionReason>()
            let exclusion = _excluded[(int)reason]
            where exclusion.Documents > 0
            select new ManifestExclusion(reason, exclusion.Documents, exclusion.Bytes)];

    public void CountRead(long bytes) => Read += new Tally(1, bytes);

    public void CountExcluded(ExclusionReason reason, long bytes) => _excluded[(int)reason] += new Tally(1, bytes);

    public void Add(Funnel other) => Add(other.Read, other.Excluded);

    public void Add(Tally read, IReadOnlyList<ManifestExclusion> excluded)
    {
        Read += read;
        foreach (var exclusion in excluded) _excluded[(int)exclusion.Reason] += new Tally(exclusion.Documents, exclusion.Bytes);
    }
}
