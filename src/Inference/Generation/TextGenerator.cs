using TurkishLlm.Inference.Decoding;
using TurkishLlm.Model;

namespace TurkishLlm.Inference.Generation;

/// <summary>Generates text token by token.</summary>
/// <remarks>Spec: P43–P46, GEN-01, GEN-10, GEN-15.</remarks>
public sealed class TextGenerator
{
    private readonly IDecoder _decoder;

    /// <param name="decoder">The decoder. The caller disposes it.</param>
    public TextGenerator(IDecoder decoder) => _decoder = decoder;

    /// <param name="model">A model, run by libtorch. The caller disposes it.</param>
    public TextGenerator(LanguageModel model)
        : this(new TensorDecoder(model))
    {
    }

    /// <summary>Continues a prompt until a stop token or the maximum number of tokens.</summary>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop.</param>
    /// <param name="cancellationToken">Ends the text before the next token.</param>
    /// <returns>The generated tokens as they are chosen, without the stop token.</returns>
    /// <exception cref="ArgumentException">The prompt is empty or contains an id outside the vocabulary.</exception>
    public IEnumerable<int> Generate(
        IReadOnlyList<int> prompt, SamplingOptions options,
        CancellationToken cancellationToken = default)
    {
        ValidatePrompt(prompt);
        return GenerateWithNewCache(prompt, new TokenSampler(options), options, cancellationToken);
    }

    /// <summary>Continues a prompt and reuses the part that it shares with the previous prompt.</summary>
    /// <param name="cache">Holds the previous prompt; updated with this one and the generated tokens.</param>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop.</param>
    /// <param name="cancellationToken">Ends the text before the next token.</param>
    /// <returns>The generated tokens as they are chosen, without the stop token.</returns>
    /// <exception cref="ArgumentException">The prompt is empty or contains an id outside the vocabulary.</exception>
    public IEnumerable<int> Generate(
        PrefixCache cache, IReadOnlyList<int> prompt, SamplingOptions options,
        CancellationToken cancellationToken = default)
    {
        ValidatePrompt(prompt);
        return Continue(cache, prompt, new TokenSampler(options), options, cancellationToken);
    }

    private void ValidatePrompt(IReadOnlyList<int> prompt)
    {
        if (prompt.Count == 0)
            throw new ArgumentException("The prompt has no token. Begin with the begin-of-text token.", nameof(prompt));
        foreach (var id in prompt)
            if ((uint)id >= (uint)_decoder.Config.VocabSize)
                throw new ArgumentException(
                    $"Token {id} is outside the vocabulary of {_decoder.Config.VocabSize} ids. Use the tokenizer "
                        + "that the model was trained with.",
                    nameof(prompt));
    }

    private IEnumerable<int> GenerateWithNewCache(
        IReadOnlyList<int> prompt, TokenSampler sampler, SamplingOptions options, CancellationToken cancellationToken)
    {
        using var cache = new PrefixCache(_decoder, prompt.Count + options.MaxTokens);
        foreach (var id in Continue(cache, prompt, sampler, options, cancellationToken)) yield return id;
    }

    private static IEnumerable<int> Continue(
        PrefixCache cache, IReadOnlyList<int> prompt, TokenSampler sampler, SamplingOptions options,
        CancellationToken cancellationToken)
    {
        List<int> text = [.. prompt];
        while (text.Count - prompt.Count < options.MaxTokens)
        {
            var logits = cache.ComputeNextTokenLogits(text, cancellationToken);
            if (logits.IsEmpty) yield break;
            var next = sampler.Sample(logits);
            if (options.StopIds.Contains(next)) yield break;
            yield return next;
            text.Add(next);
        }
    }
}
