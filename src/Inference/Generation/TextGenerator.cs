using TurkishLlm.Model;

namespace TurkishLlm.Inference.Generation;

/// <summary>Continues a text, one token after the other.</summary>
/// <remarks>Spec: P43–P46, GEN-01, GEN-10, GEN-15.</remarks>
public sealed class TextGenerator
{
    private readonly LanguageModel _model;

    /// <param name="model">The model. Not owned.</param>
    public TextGenerator(LanguageModel model) => _model = model;

    /// <summary>Continues a prompt until a stop token or the most tokens asked for.</summary>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop.</param>
    /// <param name="cancellationToken">Stops before the next token.</param>
    /// <returns>The new tokens as they come, the stop token not among them.</returns>
    /// <exception cref="ArgumentException">The prompt is empty, or has an id outside the vocabulary.</exception>
    public IEnumerable<int> Generate(IReadOnlyList<int> prompt, SamplingOptions options, CancellationToken cancellationToken = default)
    {
        ValidatePrompt(prompt);
        return GenerateWithNewCache(prompt, new TokenSampler(options), options, cancellationToken);
    }

    /// <summary>Continues a prompt that begins as the last one did, without reading that part again.</summary>
    /// <param name="cache">Has read the last prompt, and reads this one with what is generated.</param>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop.</param>
    /// <param name="cancellationToken">Stops before the next token.</param>
    /// <returns>The new tokens as they come, the stop token not among them.</returns>
    /// <exception cref="ArgumentException">The prompt is empty, or has an id outside the vocabulary.</exception>
    public IEnumerable<int> Generate(PrefixCache cache, IReadOnlyList<int> prompt, SamplingOptions options, CancellationToken cancellationToken = default)
    {
        ValidatePrompt(prompt);
        return Continue(cache, prompt, new TokenSampler(options), options, cancellationToken);
    }

    private void ValidatePrompt(IReadOnlyList<int> prompt)
    {
        if (prompt.Count == 0) throw new ArgumentException("The prompt has no token. Begin with the begin-of-text token.", nameof(prompt));
        foreach (var id in prompt)
            if ((uint)id >= (uint)_model.Config.VocabSize)
                throw new ArgumentException($"Token {id} is outside the vocabulary of {_model.Config.VocabSize}. The tokenizer belongs to another model.", nameof(prompt));
    }

    private IEnumerable<int> GenerateWithNewCache(IReadOnlyList<int> prompt, TokenSampler sampler, SamplingOptions options, CancellationToken cancellationToken)
    {
        using var cache = new PrefixCache(_model, prompt.Count + options.MaxTokens);
        foreach (var id in Continue(cache, prompt, sampler, options, cancellationToken)) yield return id;
    }

    private static IEnumerable<int> Continue(PrefixCache cache, IReadOnlyList<int> prompt, TokenSampler sampler, SamplingOptions options, CancellationToken cancellationToken)
    {
        List<int> text = [.. prompt];
        while (text.Count - prompt.Count < options.MaxTokens && cache.ComputeNextTokenLogits(text, cancellationToken) is { } logits)
        {
            var next = sampler.Sample(logits);
            if (options.StopIds.Contains(next)) yield break;
            yield return next;
            text.Add(next);
        }
    }
}
