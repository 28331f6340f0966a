using TurkishLlm.Inference.Constraints;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Inference.Batching;

/// <summary>
/// Generates several texts at once with one decoder (continuous batching): requests join and leave between two steps. A text
/// depends only on its request and seed, not on the others.
/// </summary>
/// <remarks>
/// One thread runs the decoder. Clients are served in turn, long prompts are read in chunks between the tokens of running texts,
/// and the queue and the caches are bounded. All members may be called from any thread. Spec: GEN-31. Source: Yu et al.
/// 2022, "Orca: A Distributed Serving System for Transformer-Based Generative Models", OSDI, section 3.1.
/// </remarks>
public sealed class BatchScheduler : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly FairQueue<RunningText> _queue = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancelAll = new();
    private readonly BatchOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lazy<TokenTrie> _trie;
    private readonly BatchLoop _loop;
    private readonly Thread _worker;
    private bool _isStopping;

    /// <param name="decoder">The decoder. The caller disposes it after this object, and must not call it meanwhile.</param>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="options">Limits.</param>
    /// <param name="clock">Measures waiting times.</param>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public BatchScheduler(IDecoder decoder, Tokenizer tokenizer, BatchOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (Tokenizer, Config, _options, _clock) = (tokenizer, decoder.Config, options, clock);
        _trie = new(() => new TokenTrie(tokenizer, decoder.Config.VocabSize));
        _loop = new BatchLoop(decoder, options);
        _worker = new Thread(Run) { IsBackground = true, Name = nameof(BatchScheduler) };
        _worker.Start();
    }

    /// <summary>The tokenizer of the model.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The configuration of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>Maximum number of tokens of a text with its prompt.</summary>
    public int ContextLength => Config.MaxSeqLen;

    /// <summary>What has been done so far.</summary>
    public BatchCounters Counters
    {
        get
        {
            lock (_gate) return _loop.Counters(_queue.Count);
        }
    }

    /// <summary>Adds a request to the queue.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the text before the next token; its memory is then free for others.</param>
    /// <exception cref="ArgumentException">The prompt is empty, too long, or has an id outside the vocabulary.</exception>
    /// <exception cref="ConfigurationException">A sampling option is out of range.</exception>
    /// <exception cref="QueueFullException">Too many requests are waiting.</exception>
    /// <exception cref="SchedulerStoppedException">The scheduler is stopping.</exception>
    public GeneratedText Submit(TextRequest request, CancellationToken cancellationToken = default) =>
        SubmitAll([request], cancellationToken)[0];

    /// <summary>Adds several requests to the queue, or none of them.</summary>
    /// <param name="requests">The requests, all of one client.</param>
    /// <param name="cancellationToken">Ends the texts before their next token.</param>
    /// <inheritdoc cref="Submit"/>
    public IReadOnlyList<GeneratedText> SubmitAll(
        IReadOnlyList<TextRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var texts = requests.Select(request => CreateText(request, cancellationToken)).ToArray();
        lock (_gate)
        {
            if (_isStopping) throw new SchedulerStoppedException();
            var free = _options.MaxTexts - _loop.Running;
            if (_queue.Count + texts.Length > _options.MaxQueue + free)
                throw new QueueFullException(_queue.Count, _loop.EstimateWait(_queue.Count));
            foreach (var (text, request) in texts.Zip(requests)) _queue.Enqueue(request.Client, text);
        }
        Wake();
        if (cancellationToken.CanBeCanceled) WakeWhenCancelled(texts, cancellationToken);
        return [.. texts.Select(text => text.Stream)];
    }

    /// <summary>Refuses further requests and waits for the accepted ones.</summary>
    /// <param name="limit">Texts that take longer are canceled.</param>
    /// <returns>Completes when no text is left.</returns>
    public async Task StopAsync(TimeSpan limit)
    {
        lock (_gate) _isStopping = true;
        Wake();
        try
        {
            await _stopped.Task.WaitAsync(limit, _clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await _cancelAll.CancelAsync().ConfigureAwait(false);
            Wake();
            await _stopped.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Cancels all texts and frees their caches.</summary>
    public void Dispose()
    {
        lock (_gate) _isStopping = true;
        _cancelAll.Cancel();
        Wake();
        _worker.Join();
        _loop.Dispose();
    }

    private RunningText CreateText(TextRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Prompt.Count == 0)
            throw new ArgumentException("The prompt has no token. Begin with the begin-of-text token.", nameof(request));
        if (request.Prompt.Count >= ContextLength)
            throw new ArgumentException(FormattableString.Invariant(
                $"The prompt has {request.Prompt.Count} tokens; the model's context of {ContextLength} must also hold the text."),
                nameof(request));
        foreach (var id in request.Prompt.Concat(request.LogitBias.Keys))
            if ((uint)id >= (uint)Config.VocabSize)
                throw new ArgumentException(FormattableString.Invariant(
                    $"Token {id} is outside the vocabulary of {Config.VocabSize} ids."), nameof(request));
        return new(request, Tokenizer, _trie, ContextLength, _clock, cancellationToken);
    }

    // A canceled request leaves the queue although no text is running.
    private void WakeWhenCancelled(IReadOnlyList<RunningText> texts, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(_ => Wake(), null);
        _ = Task.WhenAll(texts.Select(text => text.Stream.Result))
            .ContinueWith(_ => registration.Dispose(), TaskScheduler.Default);
    }

    private void Wake() => _work.Release();

    private void Run()
    {
        while (true)
        {
            bool isIdle;
            lock (_gate)
            {
                _loop.Admit(_queue, _cancelAll.Token);
                isIdle = _loop.Running == 0;
                if (isIdle && _isStopping && _queue.Count == 0) break;
            }
            if (isIdle) _work.Wait();
            else _loop.Step(_cancelAll.Token);
            while (_work.Wait(0))
            {
            }
        }
        _stopped.TrySetResult();
    }
}
