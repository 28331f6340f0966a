using System.Text;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Which of some answers a model prefers, by the probability that it gives each of them.</summary>
/// <remarks>
/// The score of an answer is the logarithm of its probability behind the question, its end of turn included, so that an answer with
/// which another begins has a chance; divided by its length where that is asked for. Tokens are those of the template, which encodes every
/// text on its own: a choice has the same tokens here as in training and in chat. Spec: EVL-06, EVL-07, EVL-08.
/// </remarks>
public static class ChoiceScores
{
    /// <param name="model">Who is asked.</param>
    /// <param name="conversation">It awaits an answer, and leaves room for the longest choice.</param>
    /// <param name="choices">The answers.</param>
    /// <param name="normalization">What a score is divided by.</param>
    /// <returns>Scores in the order of the choices, in nats; the largest is preferred.</returns>
    public static IReadOnlyList<double> Compute(ChatModel model, Conversation conversation, IReadOnlyList<string> choices, ChoiceNormalization normalization = ChoiceNormalization.None)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(choices);
        return [.. choices.Select(choice =>
        {
            var losses = model.ComputeLosses(conversation, ChatMessage.Assistant(choice));
            return Compute(losses.Sum(), losses.Count, choice, normalization);
        })];
    }

    /// <summary>The score of one choice.</summary>
    /// <param name="nats">Loss of its tokens together.</param>
    /// <param name="tokens">How many they are.</param>
    /// <param name="choice">Its text.</param>
    /// <param name="normalization">What the score is divided by.</param>
    public static double Compute(double nats, int tokens, string choice, ChoiceNormalization normalization) => -nats / normalization switch
    {
        ChoiceNormalization.Tokens => tokens,
        ChoiceNormalization.Bytes => Encoding.UTF8.GetByteCount(ChatMessage.Assistant(choice).Text),
        _ => 1,
    };
}

/// <summary>What the score of a choice is divided by.</summary>
public enum ChoiceNormalization
{
    /// <summary>Nothing: the choice with the highest probability is preferred, which favours short ones.</summary>
    None,

    /// <summary>Tokens, the end of turn among them.</summary>
    Tokens,

    /// <summary>Bytes of UTF-8, not characters: ş, ğ and ı have two. The same whatever the tokenizer.</summary>
    Bytes,
}
