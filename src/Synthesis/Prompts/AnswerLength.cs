namespace TurkishLlm.Synthesis.Prompts;

/// <summary>Bounds of the length of answers. The prompt and the check use the same values.</summary>
/// <param name="MinSentences">Minimum number of sentences.</param>
/// <param name="MaxSentences">Maximum number of sentences; list items count as sentences.</param>
/// <param name="MaxWords">Maximum number of words.</param>
public sealed record AnswerLength(int MinSentences, int MaxSentences, int MaxWords)
{
    private const int NoLimit = int.MaxValue;

    /// <summary>
    /// Returns the bounds of the v1 prompt, for a model of 25 million parameters and 512 tokens: 1–2, 2–4 and 4–6 sentences.
    /// </summary>
    /// <remarks>Source: reference report on fine-tuning, section 5.</remarks>
    public static AnswerLength ForV1(Difficulty difficulty) => difficulty switch
    {
        Difficulty.Easy => new(1, 2, 60),
        Difficulty.Medium => new(2, 4, 120),
        Difficulty.Hard => new(4, 6, 180),
        _ => throw new ArgumentOutOfRangeException(nameof(difficulty)),
    };

    /// <summary>
    /// Returns the bounds of the v2 prompt: at most 200 words in any form. The lower bounds for easier questions are a choice of
    /// this project.
    /// </summary>
    /// <remarks>Source: reference report on fine-tuning, sections 4 and 5.</remarks>
    public static AnswerLength ForV2(Difficulty difficulty) => difficulty switch
    {
        Difficulty.Easy => new(1, NoLimit, 60),
        Difficulty.Medium => new(1, NoLimit, 120),
        Difficulty.Hard => new(1, NoLimit, 200),
        _ => throw new ArgumentOutOfRangeException(nameof(difficulty)),
    };

    /// <summary>Describes the bounds for a prompt, in Turkish.</summary>
    internal string Explain() =>
        FormattableString.Invariant(
            $"{(MaxSentences == NoLimit ? "" : $"{MinSentences}–{MaxSentences} tümce, ")}en çok {MaxWords} sözcük");
}
