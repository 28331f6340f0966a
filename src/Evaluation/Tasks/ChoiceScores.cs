using System.Text;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Scores the choices of a question by the probability that a model gives them.</summary>
/// <remarks>
/// The score of a choice is its log-probability after the question, optionally divided by its length. A model with turns scores
/// the end of turn as well, so that a prefix of another choice is scored correctly; its template encodes every text separately,
/// so a choice has the same tokens here as in training and in chat. Spec: EVL-06, EVL-07, EVL-08, EVL-32, EVL-34.
/// </remarks>
public static class ChoiceScores
{
    /// <param name="model">The model.</param>
    /// <param name="conversation">A conversation that ends with the question, with room for the longest choice.</param>
    /// <param name="choices">The choices.</param>
    /// <returns>Loss and tokens of each choice, in the order of the choices.</returns>
    public static IReadOnlyList<RowValue> ComputeLosses(
        IAnswerModel model, Conversation conversation, IReadOnlyList<string> choices)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(choices);
        return [.. choices.Select(choice =>
        {
            var losses = model.ComputeLosses(conversation, ChatMessage.Assistant(choice));
            return new RowValue(losses.Sum(), losses.Count);
        })];
    }

    /// <summary>Returns the index of the choice with the largest score; the first of equal ones.</summary>
    /// <param name="choices">The choices.</param>
    /// <param name="losses">Loss and tokens of each choice.</param>
    /// <param name="normalization">The divisor of the scores.</param>
    public static int FindPreferred(
        IReadOnlyList<string> choices, IReadOnlyList<RowValue> losses, ChoiceNormalization normalization) =>
        choices
            .Select((choice, i) => (Score: Compute(losses[i].Sum, (int)losses[i].Weight, choice, normalization), Index: i))
            .MaxBy(scored => scored.Score)
            .Index;

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
        ChoiceNormalization.Characters => ChatMessage.Assistant(choice).Text.EnumerateRunes().Count(),
        ChoiceNormalization.Bytes => Encoding.UTF8.GetByteCount(ChatMessage.Assistant(choice).Text),
        _ => 1,
    };
}

/// <summary>Divisor of the score of a choice.</summary>
public enum ChoiceNormalization
{
    /// <summary>No normalization: the most probable choice is preferred, which favors short ones.</summary>
    None,

    /// <summary>Number of characters (code points), as acc_norm of lm-evaluation-harness.</summary>
    Characters,

    /// <summary>Number of scored tokens, including the end of turn if the model has turns.</summary>
    Tokens,

    /// <summary>Number of UTF-8 bytes (ş, ğ and ı have two), which does not depend on the tokenizer.</summary>
    Bytes,
}
