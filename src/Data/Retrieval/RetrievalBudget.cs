namespace TurkishLlm.Data.Retrieval;

/// <summary>
/// How many passages a model reads with a question, and how long they may be. Chat, evaluation and training rows take these
/// numbers from here, so that they show the model the same passages.
/// </summary>
/// <param name="ContextLength">Length of the model's context, in tokens.</param>
/// <param name="Passages">Maximum number of passages per question.</param>
/// <param name="AnswerTokens">Maximum length of an answer, in tokens.</param>
public sealed record RetrievalBudget(
    int ContextLength, int Passages = RetrievalBudget.DefaultPassages, int AnswerTokens = RetrievalBudget.DefaultAnswerTokens)
{
    /// <summary>Default maximum number of passages per question.</summary>
    public const int DefaultPassages = 3;

    /// <summary>Default maximum length of an answer, in tokens.</summary>
    public const int DefaultAnswerTokens = 256;

    /// <summary>Largest length of a passage, in tokens; longer ones are about several things.</summary>
    public const int MaxPassageTokens = 512;

    // Shorter passages are fragments of sentences; fewer but longer ones are better.
    private const int MinUsefulTokens = 64;

    /// <summary>Number of tokens that a prompt leaves free for the answer; see <see cref="GetReservedTokens"/>.</summary>
    public int ReservedTokens => GetReservedTokens(ContextLength, AnswerTokens);

    /// <summary>
    /// Maximum total length of the passages of a question, in tokens: half of the context without the answer. The other half is
    /// for the system prompt, the question and earlier questions.
    /// </summary>
    public int TotalTokens => (ContextLength - ReservedTokens) / 2;

    /// <summary>Maximum length of a passage, in tokens.</summary>
    public int PassageTokens => Math.Clamp(TotalTokens / Passages, Math.Min(TotalTokens, MinUsefulTokens), MaxPassageTokens);

    /// <summary>
    /// Returns the number of tokens that are free for passages: <see cref="TotalTokens"/>, or less after a long question.
    /// </summary>
    /// <param name="promptTokens">Number of tokens of the prompt without passages.</param>
    public int GetRoom(int promptTokens) => Math.Min(TotalTokens, ContextLength - ReservedTokens - promptTokens);

    /// <summary>
    /// Returns the number of tokens that a prompt must leave free for the answer: the requested number, but at most a quarter of
    /// the context.
    /// </summary>
    /// <param name="contextLength">Length of the model's context, in tokens.</param>
    /// <param name="answerTokens">Maximum number of tokens of the answer.</param>
    public static int GetReservedTokens(int contextLength, int answerTokens) =>
        Math.Clamp(contextLength / 4, 1, answerTokens);
}
