using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Inference.Rewards;

/// <summary>Scores answers with a reward model: the better the answer, the higher its reward.</summary>
/// <remarks>
/// Only differences of rewards to one prompt mean something: the first of two answers wins with probability σ(r₁ − r₂). Each
/// answer is scored alone, so its reward depends on nothing else. Spec: RWM-01.
/// </remarks>
public sealed class RewardModel
{
    private readonly LanguageModel _model;
    private readonly ChatTemplate _template;

    /// <param name="model">The reward model. Not owned.</param>
    /// <param name="template">Its chat template.</param>
    /// <exception cref="ArgumentException">The model has no reward head.</exception>
    public RewardModel(LanguageModel model, ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.Config.HasRewardHead)
            throw new ArgumentException(
                "The model has no reward head: it was not trained with preference.reward.", nameof(model));
        (_model, _template) = (model, template);
    }

    /// <summary>Scores an answer.</summary>
    /// <param name="conversation">The conversation before the answer; its last message is a question.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>The reward, in nats.</returns>
    /// <exception cref="InvalidDataException">Question and answer are longer than the model allows.</exception>
    public double Score(Conversation conversation, string answer)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        return Score(conversation.Append(ChatMessage.Assistant(answer)));
    }

    /// <summary>Scores the last answer of a conversation.</summary>
    /// <returns>The reward, in nats.</returns>
    /// <exception cref="InvalidDataException">
    /// The conversation does not end with an answer, or is longer than the model allows.
    /// </exception>
    public double Score(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        if (conversation.AwaitsAnswer)
            throw new InvalidDataException("The conversation does not end with an answer, so there is nothing to score.");
        return Score(_template.Render(conversation, Supervision.Completion).Ids);
    }

    /// <summary>Scores an answer that is already encoded.</summary>
    /// <param name="tokens">The whole conversation; the last token ends the turn of the answer.</param>
    /// <returns>The reward, in nats.</returns>
    /// <exception cref="InvalidDataException">There are more tokens than the model allows.</exception>
    public double Score(IReadOnlyList<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Count > _model.Config.MaxSeqLen)
            throw new InvalidDataException(FormattableString.Invariant(
                $"Question and answer have {tokens.Count} tokens, but the maximum of the reward model is ")
                + FormattableString.Invariant($"{_model.Config.MaxSeqLen}. Shorten the question or its context."));
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var ids = tensor([.. tokens.Select(id => (long)id)], [1, tokens.Count], device: _model.Device);
        return _model.ComputeRewards(_model.ForwardHidden(ids).select(1, tokens.Count - 1)).ToDouble();
    }
}
