namespace TurkishLlm.Data;

/// <summary>Counts what comes in and what is left out, by reason.</summary>
internal sealed class Funnel
{
    private readonly Tally[] _leftOut = new Tally[(int)Enum.GetValues<LeftOutReason>().Max() + 1];

    public Tally Read { get; private set; }

    /// <summary>What is left.</summary>
    public Tally Kept => _leftOut.Aggregate(Read, (kept, left) => kept - left);

    /// <summary>The reasons that applied, in their order.</summary>
    public IReadOnlyList<ManifestLeftOut> LeftOut =>
        [.. from reason in Enum.GetValues<LeftOutReason>()
            let left = _leftOut[(int)reason]
            where left.Documents > 0
            select new ManifestLeftOut(reason, left.Documents, left.Bytes)];

    public void CountRead(long bytes) => Read += new Tally(1, bytes);

    public void CountLeftOut(LeftOutReason reason, long bytes) => _leftOut[(int)reason] += new Tally(1, bytes);

    public void Add(Funnel other) => Add(other.Read, other.LeftOut);

    public void Add(Tally read, IReadOnlyList<ManifestLeftOut> leftOut)
    {
        Read += read;
        foreach (var left in leftOut) _leftOut[(int)left.Reason] += new Tally(left.Documents, left.Bytes);
    }
}
