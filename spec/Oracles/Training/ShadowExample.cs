namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>Consecutive tokens that see only one another, each with the target that follows it.</summary>
/// <param name="Inputs">Ids.</param>
/// <param name="Targets">Ids, or −1 where nothing is learned.</param>
public sealed record ShadowExample(long[] Inputs, long[] Targets)
{
    /// <summary>Number of targets that are learned.</summary>
    public int Learned => CrossEntropyOracle.CountTargets(Targets);

    /// <summary>All tokens of an example; its last token is learned.</summary>
    public long[] Ids => [.. Inputs, Targets[^1]];

    /// <summary>Creates an example with the prompt of this one and the answer of another, cut to a number of positions.</summary>
    public ShadowExample WithAnswer(ShadowExample other, int length)
    {
        var (own, start) = (FirstLearned(this), FirstLearned(other));
        long[] ids = [.. Ids[..own], .. other.Ids[start..]];
        bool[] mask = [.. Enumerable.Repeat(false, own), .. other.Targets[(start - 1)..].Select(target => target >= 0)];
        return Create([.. ids.Take(length + 1).Select(id => (int)id)], [.. mask.Take(length + 1)]);

        static int FirstLearned(ShadowExample example) => Array.FindIndex(example.Targets, target => target >= 0) + 1;
    }

    /// <summary>Creates an example: the last token is only a target, the first only an input.</summary>
    public static ShadowExample Create(IReadOnlyList<int> ids, IReadOnlyList<bool> mask) => new(
        [.. ids.SkipLast(1).Select(id => (long)id)],
        [.. ids.Zip(mask, (id, learned) => learned ? id : CrossEntropyOracle.IgnoreIndex).Skip(1)]);

    /// <summary>Creates an example of running text, in which every token but the first is learned.</summary>
    public static ShadowExample FromText(long[] ids) => new(ids[..^1], ids[1..]);
}

/// <summary>A row of a step: the examples that are packed into it, or the two answers of a preference pair.</summary>
/// <param name="Number">Number of the row, or of the pair among all pairs.</param>
/// <param name="Examples">The examples.</param>
public sealed record ShadowRow(long Number, params IReadOnlyList<ShadowExample> Examples)
{
    /// <summary>
    /// The label of a row of KTO, with the examples of an answer and its mismatched answer; null for other rows.
    /// </summary>
    public bool? IsDesirable { get; init; }

    /// <summary>Number of positions that hold a token; a mismatched answer does not count.</summary>
    public long Tokens => IsDesirable is null ? Examples.Sum(example => (long)example.Inputs.Length) : Examples[0].Inputs.Length;
}
