using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Reinforcement;

/// <summary>A question that a model answers in training, by which its answers are judged.</summary>
/// <param name="Location">File and line of the row.</param>
/// <param name="Prompt">The conversation up to and including the question.</param>
/// <param name="PromptIds">The tokens of the prompt, with the header of the answer.</param>
/// <param name="Reference">The reference answer; null if the row has none.</param>
public sealed record AskedQuestion(string Location, Conversation Prompt, IReadOnlyList<int> PromptIds, string? Reference);
