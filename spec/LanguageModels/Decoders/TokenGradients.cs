using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>
/// Gradients of logits by the rows of the embedding. The row of a token that must not be seen has a gradient of exactly zero, in
/// every number type and on every device.
/// </summary>
internal sealed class TokenGradients
{
    private readonly DecoderProbe _probe;

    private TokenGradients(DecoderProbe probe, IReadOnlyList<string> embeddings) => (_probe, Embeddings) = (probe, embeddings);

    /// <summary>Names of the parameters with a row for each token.</summary>
    public IReadOnlyList<string> Embeddings { get; }

    /// <summary>
    /// Finds the embedding: the gradient of one column of logits of a text that repeats one token reaches the rows of both only.
    /// </summary>
    /// <returns>Null if no parameter is one.</returns>
    public static TokenGradients? Find(DecoderProbe probe)
    {
        var (token, column) = (probe.Half(1)[0], probe.Half(0)[0]);
        var vocabulary = probe.Decoder.Vocabulary;
        string[] candidates =
        [
            .. probe.Parameters
                .Where(entry => entry.Value.ndim > 1 && entry.Value.size(0) == vocabulary && entry.Value.requires_grad)
                .Select(entry => entry.Key),
        ];
        if (candidates.Length == 0) return null;
        var gradients = new TokenGradients(probe, candidates);
        var ids = probe.Text(1, 1, Math.Min(4, probe.Decoder.MaxLength)) * 0 + token;
        gradients.Backward(ids, logits => logits.narrow(2, column, 1).sum());
        var found = candidates.Where(name =>
        {
            var rows = gradients.Rows(name);
            return rows[token] != 0 && !rows.Where((value, id) => value != 0 && id != token && id != column).Any();
        });
        return found.ToArray() is { Length: > 0 } names ? new(probe, names) : null;
    }

    /// <summary>
    /// Computes the largest gradient at the rows of the first and of the second half of the tokens, for logits times upstream.
    /// </summary>
    public (double First, double Second) ByHalf(Tensor ids, Tensor upstream)
    {
        Backward(ids, logits => (logits.to(upstream.dtype) * upstream).sum());
        var rows = Embeddings.Select(Rows).ToArray();
        double Largest(int half) => rows.Max(values => _probe.Half(half).Max(id => values[id]));
        return (Largest(0), Largest(1));
    }

    private void Backward(Tensor ids, Func<Tensor, Tensor> loss)
    {
        _probe.ClearGradients();
        loss(_probe.LogitsWithGradient(ids)).backward();
    }

    // The largest |gradient| of each row; NaN counts as infinite.
    private double[] Rows(string name)
    {
        if (_probe.Parameters[name].grad is not { } gradient) return new double[_probe.Decoder.Vocabulary];
        var largest = gradient.abs().flatten(1).amax([1]).Doubles();
        return [.. largest.Select(value => double.IsNaN(value) ? double.PositiveInfinity : value)];
    }
}
