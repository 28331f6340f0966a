using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Training.Objectives.FineTuning;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>
/// Log-probabilities of the tokens of answers in the distribution that they are sampled from: softmax(logits ÷ temperature) over
/// the whole vocabulary.
/// </summary>
/// <remarks>
/// One convention for all: the model that is trained, the weights that sampled, and the reference. At another temperature than
/// that of the sampling, ratios would not be those of the sampled distribution. Spec: GRP-05, GRP-06.
/// </remarks>
public static class AnswerLikelihood
{
    /// <summary>Computes log-probabilities and entropies at the tokens of an answer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="hidden">Hidden states of the row, <c>[t, width]</c>.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="temperature">Temperature of the sampling.</param>
    /// <returns>Log-probabilities, float64, and entropies without a gradient, each <c>[tokens]</c>.</returns>
    public static (Tensor LogProbabilities, Tensor Entropies) Compute(
        LanguageModel model, Tensor hidden, RolloutAnswer answer, double temperature)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(answer);
        // The token at position i is predicted by the hidden state before it.
        var states = hidden.narrow(0, answer.Prompt.Count - 1, answer.Answer.Count);
        var all = F.log_softmax(model.ComputeHeadLogits(states) / temperature, 1);
        var ids = tensor([.. answer.Answer.Select(id => (long)id)], [answer.Answer.Count, 1], device: hidden.device);
        var chosen = all.gather(1, ids).reshape(-1).to(float64);
        // A token that the model lacks has a logarithm of −∞ and no part in the entropy.
        var logarithms = all.detach().clamp_min(-1e30);
        return (chosen, -(logarithms.exp() * logarithms).sum(1).to(float64));
    }

    /// <summary>Computes the log-probabilities of answers without gradients, in micro-batches.</summary>
    /// <param name="model">The model.</param>
    /// <param name="answers">The answers.</param>
    /// <param name="temperature">Temperature of the sampling.</param>
    /// <param name="batchSize">Rows of a micro-batch.</param>
    public static IReadOnlyList<IReadOnlyList<double>> Measure(
        LanguageModel model, IReadOnlyList<RolloutAnswer> answers, double temperature, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var grad = no_grad();
        var results = new List<IReadOnlyList<double>>();
        foreach (var batch in answers.Chunk(batchSize))
        {
            using var scope = NewDisposeScope();
            var rows = ExampleCollator.Collate([.. batch.Select(row => new[] { row.ToExample() })], null, model.Device);
            var hidden = model.ForwardHidden(rows.Inputs);                                     // [rows, t, width]
            foreach (var (i, answer) in batch.Index())
                results.Add(
                    Compute(model, hidden.select(0, i), answer, temperature).LogProbabilities.cpu().data<double>().ToArray());
        }
        return results;
    }
}
