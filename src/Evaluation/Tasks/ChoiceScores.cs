using System.Text;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Scores the choices of a question by the probability that a model gives them.</summary>
/// <remarks>
/// The score of a choice is its log-probability after the question, including the end of turn, so that a prefix of another choice
/// is scored correctly; optionally divided by its length. The chat template encodes every text separately, so a choice has the
/// same tokens here as in training and in chat. Spec: EVL-06, EVL-07, EVL-08.
/// </remarks>
public static class ChoiceScores
{
    /// <param name="model">The model.</param>
    /// <param name="conversation">A conversation that ends with the question, with room for the longest choice.</param>
    /// <param name="choices">The choices.</param>
    /// <param name="normalization">The divisor of the scores.</param>
    /// <returns>Scores in the order of the choices, in nats; the largest is preferred.</returns>
    public static IReadOnlyList<double> Compute(
        ChatModel model, Conversation conversation, IReadOnlyList<string> choices,
        ChoiceNormalization normalization = ChoiceNormalization.None)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(choices);
        return [.. choices.Select(choice =>
        {
            var losses = model.ComputeLosses(conversation, ChatMessage.Assistant(choice));
            return Compute(losses.Sum(), losses.Count, choice, normalization);
        })];
    }

    /// <summary>Computes the score of one choice.</summary>
    /// <param name="nats">Total loss of its tokens.</param>
    /// <param name="tokens">Number of its tokens.</param>
    /// <param name="choice">Its text.</param>
    /// <param name="normalization">The divisor of the score.</param>
    public static double Compute(double nats, int tokens, string choice, ChoiceNormalization normalization) =>
        -nats
        / normalization switch
    {
        ChoiceNormalization.Tokens => tokens,
        ChoiceNormalization.Bytes => Encoding.UTF8.GetByteCount(ChatMessage.Assistant(choice).Text),
        _ => 1,
    };
}

/// <summary>Divisor of the score of a choice.</summary>
public enum ChoiceNormalization
{
    /// <summary>No normalization: the most probable choice is preferred, which favors short ones.</summary>
    None,

    /// <summary>Number of tokens, including the end of turn.</summary>
    Tokens,

    /// <summary>Number of UTF-8 bytes (ş, ğ and ı have two), which does not depend on the tokenizer.</summary>
    Bytes,
}
