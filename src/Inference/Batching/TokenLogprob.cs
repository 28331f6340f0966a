namespace TurkishLlm.Inference.Batching;

/// <summary>A token with its probability under the model, before temperature, penalties, bias and grammar.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Logprob">Natural logarithm of the probability.</param>
/// <param name="Top">The most likely tokens at this position, most likely first.</param>
public sealed record TokenLogprob(int Id, double Logprob, IReadOnlyList<(int Id, double Logprob)> Top)
{
    /// <summary>Computes the probabilities of a position.</summary>
    /// <param name="logits">One logit per token of the vocabulary.</param>
    /// <param name="id">The chosen token.</param>
    /// <param name="top">Number of most likely tokens. Equal logits are ordered by id.</param>
    internal static TokenLogprob Compute(ReadOnlySpan<float> logits, int id, int top)
    {
        var (largest, sum) = (double.NegativeInfinity, 0.0);
        foreach (var logit in logits) largest = Math.Max(largest, logit);
        foreach (var logit in logits) sum += Math.Exp(logit - largest);
        var total = largest + Math.Log(sum);
        var best = new PriorityQueue<int, (float Logit, int Negative)>();
        for (var i = 0; i < logits.Length && top > 0; i++)
        {
            if (best.Count < top) best.Enqueue(i, (logits[i], -i));
            else best.EnqueueDequeue(i, (logits[i], -i));
        }
        var ranked = new List<(int, double)>();
        while (best.TryDequeue(out var other, out _)) ranked.Insert(0, (other, logits[other] - total));
        return new(id, logits[id] - total, ranked);
    }
}
