using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model;

/// <summary>Continues a text, one token after the other.</summary>
/// <remarks>Spec: P43–P46, GEN. Uses a key/value cache of its own per text; its logits equal those without one.</remarks>
public sealed class TextGenerator
{
    private readonly LanguageModel _model;

    /// <param name="model">The model. Not owned.</param>
    public TextGenerator(LanguageModel model) => _model = model;

    /// <summary>Continues a prompt until a stop token or the most tokens asked for.</summary>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop.</param>
    /// <param name="cancel">Stops before the next token.</param>
    /// <returns>The new tokens as they come, the stop token not among them.</returns>
    /// <exception cref="ArgumentException">The prompt is empty, or has an id outside the vocabulary.</exception>
    public IEnumerable<int> Generate(IReadOnlyList<int> prompt, SamplingOptions options, CancellationToken cancel = default)
    {
        if (prompt.Count == 0) throw new ArgumentException("The prompt has no token. Begin with the begin-of-text token.", nameof(prompt));
        foreach (var id in prompt)
            if ((uint)id >= (uint)_model.Config.VocabSize)
                throw new ArgumentException($"Token {id} is outside the vocabulary of {_model.Config.VocabSize}. The tokenizer belongs to another model.", nameof(prompt));
        return Continue(prompt, new TokenSampler(options), options, cancel);
    }

    private IEnumerable<int> Continue(IReadOnlyList<int> prompt, TokenSampler sampler, SamplingOptions options, CancellationToken cancel)
    {
        using var cache = new KeyValueCache(_model.Config, batch: 1, prompt.Count + options.MaxTokens, _model.Device);
        var unread = prompt.Select(id => (long)id).ToArray();
        for (var generated = 0; generated < options.MaxTokens && !cancel.IsCancellationRequested; generated++)
        {
            var next = sampler.Next(LastLogits(unread, cache));
            if (options.StopIds.Contains(next)) yield break;
            yield return next;
            unread = [next];
        }
    }

    private float[] LastLogits(long[] ids, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var logits = _model.NextTokenLogits(tensor(ids, [1, ids.Length], device: _model.Device), cache);
        return logits.to(float32).cpu().data<float>().ToArray();
    }
}
