namespace TurkishLlm.Data.Reinforcement;

/// <summary>Files and options of a <see cref="QuestionDataset"/>.</summary>
/// <param name="Files">Files of questions, in any format of conversations.</param>
/// <param name="MaxPromptLength">Longest prompt, in tokens.</param>
public sealed record QuestionOptions(IReadOnlyList<string> Files, int MaxPromptLength)
{
    /// <summary>Evaluation files; rows with the same questions are excluded.</summary>
    public IReadOnlyList<string> GoldFiles { get; init; } = [];

    /// <summary>True if every question needs a reference answer.</summary>
    public bool NeedsReference { get; init; }

    /// <summary>True to skip and count rows that cannot be read, instead of stopping.</summary>
    public bool SkipInvalid { get; init; }
}
