namespace TurkishLlm.Inference.Batching;

/// <summary>What a <see cref="BatchScheduler"/> has done so far.</summary>
/// <param name="Running">Number of texts that are being generated.</param>
/// <param name="Waiting">Number of waiting requests.</param>
/// <param name="PromptTokens">Prompt tokens of all started texts.</param>
/// <param name="CachedTokens">Prompt tokens that were cached from an earlier text.</param>
/// <param name="GeneratedTokens">Generated tokens.</param>
/// <param name="Steps">Calls of the decoder.</param>
/// <param name="FinishedTexts">Texts that have ended.</param>
/// <param name="CancelledTexts">Texts that were canceled, while waiting or running.</param>
public sealed record BatchCounters(
    int Running, int Waiting, long PromptTokens, long CachedTokens, long GeneratedTokens, long Steps, long FinishedTexts,
    long CancelledTexts);
