namespace TurkishLlm.Synthesis.Prompts;

/// <summary>How long answers may be: what the prompt asks for and what the check allows, said once.</summary>
/// <param name="MinSentences">Fewest sentences.</param>
/// <param name="MaxSentences">Most sentences; list items count as sentences.</param>
/// <param name="MaxWords">Most words.</param>
public sealed record AnswerLength(int MinSentences, int MaxSentences, int MaxWords)
{
    private const int NoLimit = int.MaxValue;

    /// <summary>
    /// The bounds of the first generation, for a model of 25 million parameters and 512 tokens: 1–2, 2–4 and 4–6 sentences.
    /// </summary>
    /// <remarks>Source: reference report on fine-tuning, section 5.</remarks>
    public static AnswerLength ForV1(Difficulty difficulty) => difficulty switch
    {
        Difficulty.Easy => new(1, 2, 60),
        Difficulty.Medium => new(2, 4, 120),
        Difficulty.Hard => new(4, 6, 180),
        _ => throw new ArgumentOutOfRangeException(nameof(difficulty)),
    };

    /// <summary>The bounds of the second generation: at most 200 words in any form; the shorter bounds of easier questions are ours.</summary>
    /// <remarks>Source: reference report on fine-tuning, sections 4 and 5.</remarks>
    public static AnswerLength ForV2(Difficulty difficulty) => difficulty switch
    {
        Difficulty.Easy => new(1, NoLimit, 60),
        Difficulty.Medium => new(1, NoLimit, 120),
        Difficulty.Hard => new(1, NoLimit, 200),
        _ => throw new ArgumentOutOfRangeException(nameof(difficulty)),
    };

    /// <summary>The bounds for a prompt.</summary>
    internal string Explain() => FormattableString.Invariant($"{(MaxSentences == NoLimit ? "" : $"{MinSentences}–{MaxSentences} tümce, ")}en çok {MaxWords} sözcük");
}
