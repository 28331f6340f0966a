using TurkishLlm.Inference.Generation;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Chat;

/// <summary>
/// A model that answers questions and scores given answers: <see cref="ChatModel"/> after fine-tuning, <see cref="TextModel"/>
/// before.
/// </summary>
public interface IAnswerModel : IDisposable
{
    /// <summary>Length of the longest sequence that the model was trained on, in tokens.</summary>
    int ContextLength { get; }

    /// <summary>True if the model ends its turns by itself, so that the form of its answers can be judged.</summary>
    bool HasTurns { get; }

    /// <summary>Returns the number of tokens that a prompt must leave free for an answer.</summary>
    /// <param name="maxTokens">Maximum number of tokens of the answer.</param>
    int GetAnswerBudget(int maxTokens);

    /// <summary>Shortens a conversation until its prompt and the reserved tokens fit, if the model can.</summary>
    /// <param name="conversation">A conversation that awaits an answer.</param>
    /// <param name="reservedTokens">Number of tokens to leave free for the answer.</param>
    /// <returns>The conversation, or null if it does not fit.</returns>
    Conversation? FitToContext(Conversation conversation, int reservedTokens);

    /// <summary>Returns the number of tokens of an answer that <see cref="ComputeLosses"/> scores.</summary>
    /// <param name="conversation">A conversation that awaits the answer.</param>
    /// <param name="answer">The answer.</param>
    int CountTokens(Conversation conversation, ChatMessage answer);

    /// <summary>Computes the loss of each token of an answer, and of no other token.</summary>
    /// <param name="conversation">A conversation that awaits the answer and leaves room for it.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>Losses in nats.</returns>
    IReadOnlyList<double> ComputeLosses(Conversation conversation, ChatMessage answer);

    /// <summary>Generates an answer.</summary>
    /// <param name="conversation">A conversation that awaits an answer and leaves room for it.</param>
    /// <param name="options">Sampling options.</param>
    /// <param name="cancellationToken">Ends the answer before the next token.</param>
    Answer Answer(Conversation conversation, SamplingOptions options, CancellationToken cancellationToken);
}
