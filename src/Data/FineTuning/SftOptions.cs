using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>Options for loading, splitting and truncating fine-tuning examples.</summary>
/// <param name="Sources">The files of examples.</param>
/// <param name="SequenceLength">Maximum number of positions of an example.</param>
public sealed record SftOptions(IReadOnlyList<SftSource> Sources, int SequenceLength)
{
    /// <summary>Gold files: their questions are never learned, whichever source contains them.</summary>
    public IReadOnlyList<string> GoldFiles { get; init; } = [];

    /// <summary>
    /// Files of validation examples, held out in addition to <see cref="ValidationShare"/>. They are never learned, whichever
    /// source contains them.
    /// </summary>
    public IReadOnlyList<string> ValidationFiles { get; init; } = [];

    /// <summary>Fraction of the examples that is held out; their questions do not occur in training.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Which answers of a conversation are learned.</summary>
    public Supervision Supervision { get; init; } = Supervision.All;

    /// <summary>How examples that do not fit are handled.</summary>
    public ExcessLengthStrategy ExcessLength { get; init; } = ExcessLengthStrategy.Drop;

    /// <summary>True to exclude and count invalid rows; false to throw at the first.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>Selects and orders training examples by loss; null to train on all, shuffled.</summary>
    public Curriculum? Curriculum { get; init; }

    /// <summary>Seed of the selection of held-out examples.</summary>
    public long Seed { get; init; } = 1234;
}
