using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Constraints;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Inference.Batching;

/// <summary>
/// A text of the batch: what has been generated, and what generates the rest. It shares no state with other texts.
/// </summary>
internal sealed class RunningText
{
    private readonly TextRequest _request;
    private readonly TokenSampler _sampler;
    private readonly AnswerBuilder _answer;
    private readonly TokenConstraint? _constraint;
    private readonly TimeProvider _clock;
    private readonly long _submitted;
    private readonly int[] _ids;
    private int _count;
    private string _newText = "";
    private TimeSpan _queued;
    private TimeSpan? _firstToken;
    private CachedText? _cache;
    private int _cachedTokens;

    public RunningText(
        TextRequest request, Tokenizer tokenizer, Lazy<TokenTrie> trie, int contextLength, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        (_request, _clock, Cancellation) = (request, clock, cancellationToken);
        _submitted = clock.GetTimestamp();
        _sampler = new TokenSampler(request.Options);
        _answer = new AnswerBuilder(tokenizer, request.StopSequences, text => _newText += text, request.EndIds);
        _constraint = request.Grammar is { } grammar ? new(grammar, tokenizer, trie.Value, request.EndIds) : null;
        _count = request.Prompt.Count;
        _ids = new int[_count + Math.Min(request.Options.MaxTokens, contextLength - _count)];
        for (var i = 0; i < _count; i++) _ids[i] = request.Prompt[i];
    }

    public GeneratedText Stream { get; } = new();

    public CancellationToken Cancellation { get; }

    public CachedText Cache => _cache ?? throw new InvalidOperationException("The text has not been started.");

    /// <summary>Number of tokens that the decoder has not read yet.</summary>
    public int Remaining => _count - Cache.Length;

    public int GeneratedTokens => _answer.TokenIds.Count;

    public ReadOnlySpan<int> Prompt => _ids.AsSpan(0, _request.Prompt.Count);

    public void Start(CachedText cache)
    {
        (_cache, _cachedTokens) = (cache, cache.Length);
        _queued = _clock.GetElapsedTime(_submitted);
    }

    /// <summary>Returns the next tokens for the decoder.</summary>
    public DecoderInput Next(int maxTokens)
    {
        var count = Math.Min(Remaining, maxTokens);
        return new(Cache.Sequence, _ids.AsMemory(Cache.Length, count), NeedsLogits: count == Remaining);
    }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">The logits of this text; they may be overwritten.</param>
    /// <returns>False if the text has ended.</returns>
    public bool Continue(Span<float> logits)
    {
        var original = _request.TopLogprobs is null ? [] : logits.ToArray();
        foreach (var (id, bias) in _request.LogitBias) logits[id] += bias;
        _constraint?.Apply(logits);
        var next = _sampler.Sample(logits);
        _constraint?.Accept(next);
        _firstToken ??= _clock.GetElapsedTime(_submitted);
        var before = GeneratedTokens;
        var continues = _answer.Push(next);
        if (GeneratedTokens > before)
            Show(_request.TopLogprobs is { } top ? TokenLogprob.Compute(original, next, top) : null);
        if (!continues) return false;
        _ids[_count++] = next;
        return _count < _ids.Length;
    }

    public TextResult Complete(bool isCancelled)
    {
        var answer = _answer.Build(isCancelled);
        Show(null);
        var result = new TextResult(answer, _cachedTokens, _queued, _firstToken, _clock.GetElapsedTime(_submitted));
        Stream.Complete(result);
        return result;
    }

    private void Show(TokenLogprob? token)
    {
        if (_newText.Length > 0 || token is not null) Stream.Add(new(_newText, token));
        _newText = "";
    }
}
