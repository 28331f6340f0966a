using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model;

/// <summary>
/// Reads texts one after the other through one key/value cache, and computes only what the text before did not begin with: in a
/// conversation every prompt begins with the one before it.
/// </summary>
/// <remarks>
/// What is kept is compared with the new text token by token. So a text that differs anywhere — a turn left, an answer was broken
/// off or is encoded otherwise than it was written — is read anew from the first difference on, whatever happened in between.
/// Spec: GEN-02, GEN-13.
/// </remarks>
public sealed class PrefixCache : IDisposable
{
    // Long texts are read in parts, so that a cancellation need not wait for all of one.
    private const int Part = 128;

    private readonly LanguageModel _model;
    private readonly KeyValueCache _cache;
    private readonly List<int> _read = [];

    /// <param name="model">The model. Not owned.</param>
    /// <param name="capacity">Most tokens of a text.</param>
    public PrefixCache(LanguageModel model, int capacity)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _cache = new KeyValueCache(model.Config, batch: 1, capacity, model.Device);
    }

    /// <summary>Most tokens of a text.</summary>
    public int Capacity => _cache.Capacity;

    /// <summary>Tokens that have gone through the model since the beginning, each as often as it went.</summary>
    public long Computed { get; private set; }

    /// <summary>Scores for the token after a text.</summary>
    /// <param name="text">Token ids; at least one, and no more than <see cref="Capacity"/>.</param>
    /// <param name="cancel">Ends the reading early; what was read is kept.</param>
    /// <returns>A score per token of the vocabulary; null when cancelled.</returns>
    public float[]? Read(IReadOnlyList<int> text, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var grad = no_grad();
        Keep(text, text.Count - 1);
        while (text.Count - _read.Count > Part)
        {
            if (cancel.IsCancellationRequested) return null;
            using var part = NewDisposeScope();
            Go(text, _read.Count + Part, ids => _model.Hidden(ids, cache: _cache));
        }
        if (cancel.IsCancellationRequested) return null;
        using var scope = NewDisposeScope();
        return Go(text, text.Count, ids => _model.NextTokenLogits(ids, _cache)).to(float32).cpu().data<float>().ToArray();
    }

    /// <summary>The losses of the tokens of a continuation, each read behind the text and those before it.</summary>
    /// <param name="text">Token ids; at least one.</param>
    /// <param name="continuation">Token ids; at least one. The last is predicted and not read.</param>
    /// <returns>Nats, one for each token of <paramref name="continuation"/>.</returns>
    public IReadOnlyList<double> Losses(IReadOnlyList<int> text, IReadOnlyList<int> continuation)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(continuation);
        if (text.Count > 1) _ = Read([.. text.SkipLast(1)]);
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        Keep(text, text.Count - 1);
        var logits = Go([.. text, .. continuation.SkipLast(1)], text.Count + continuation.Count - 1, ids => _model.Forward(ids, cache: _cache));  // [1, n, vocabulary]
        var targets = tensor(continuation.Select(id => (long)id).ToArray(), [1, continuation.Count], device: _model.Device);
        return [.. CrossEntropy.PerToken(logits, targets).to(float64).cpu().data<double>()];
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    // Forgets what the text does not begin with, and all behind the first tokens that may be kept.
    private void Keep(IReadOnlyList<int> text, int most)
    {
        if (text.Count == 0) throw new ArgumentException("There is no token to read.", nameof(text));
        var same = 0;
        while (same < Math.Min(most, _read.Count) && _read[same] == text[same]) same++;
        _read.RemoveRange(same, _read.Count - same);
        _cache.Rewind(same);
    }

    // Reads on to the end of a part. What is told of as read has gone through every layer.
    private Tensor Go(IReadOnlyList<int> text, int end, Func<Tensor, Tensor> read)
    {
        var ids = Enumerable.Range(_read.Count, end - _read.Count).Select(i => (long)text[i]).ToArray();
        var result = read(tensor(ids, [1, ids.Length], device: _model.Device));
        _read.AddRange(ids.Select(id => (int)id));
        Computed += ids.Length;
        return result;
    }
}
