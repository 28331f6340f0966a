namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>Why a bug is not counted, or not caught.</summary>
internal static class ForeignBugNotes
{
    /// <summary>Bugs that change no behavior of the model in which they were planted, or stop every training.</summary>
    public static IReadOnlyDictionary<ForeignBug, string> NotCounted { get; } = new Dictionary<ForeignBug, string>
    {
        [ForeignBug.HeadsTiled] =
            "the same functions with permuted weights; it matters for weights of another program only, and GQA-01 judges that",
        [ForeignBug.PaddingShiftsRotation] = "rotary attention depends on differences of positions only",
        [ForeignBug.PackedPositionsRunOn] = "rotary attention depends on differences of positions only",
        [ForeignBug.NormInPlace] = "autograd refuses to differentiate it, so training stops with an error",
    };

    /// <summary>Bugs that are not caught.</summary>
    public static IReadOnlyDictionary<ForeignBug, string> Missed { get; } = new Dictionary<ForeignBug, string>
    {
        [ForeignBug.PositionsInModelType] =
            "in bfloat16 only, from position 256 on; it changes logits by 0.02 of the largest, and rounding may by 0.13",
        [ForeignBug.AlibiSignFlipped] =
            "another consistent decoder: a black box does not state its bias; ATT-01 judges the function",
        [ForeignBug.ResidualMissing] = "another consistent decoder, which can overfit a batch too",
        [ForeignBug.BlocksShared] = "another consistent decoder, as in ALBERT",
    };
}
