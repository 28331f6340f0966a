using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>Which examples are learned from, which are held out, and how they are made to fit.</summary>
/// <param name="Sources">Files of examples.</param>
/// <param name="SequenceLength">Most places of an example.</param>
public sealed record SftOptions(IReadOnlyList<SftSource> Sources, int SequenceLength)
{
    /// <summary>Files whose questions are never learned, whatever source they turn up in.</summary>
    public IReadOnlyList<string> GoldFiles { get; init; } = [];

    /// <summary>Share of the examples that is held out; none of their questions is learned.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Which answers of a conversation are learned.</summary>
    public Supervision Supervision { get; init; } = Supervision.All;

    /// <summary>What becomes of examples that do not fit.</summary>
    public ExcessLengthStrategy ExcessLength { get; init; } = ExcessLengthStrategy.Drop;

    /// <summary>True to leave out rows that cannot be read, and count them; false to stop at the first.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>Decides which examples are held out.</summary>
    public long Seed { get; init; } = 1234;
}
