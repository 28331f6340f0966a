using TurkishLlm.Inference.Decoding;

namespace TurkishLlm.Inference.Batching;

/// <summary>The steps of a <see cref="BatchScheduler"/>: which tokens of which texts the decoder reads next.</summary>
/// <remarks>Runs on the thread of the scheduler; <see cref="Running"/> and the counters may be read by others.</remarks>
internal sealed class BatchLoop : IDisposable
{
    private readonly IDecoder _decoder;
    private readonly BatchOptions _options;
    private readonly CachePool _caches;
    private readonly List<RunningText> _running = [];
    private readonly float[] _logits;
    private long _promptTokens, _cachedTokens, _generatedTokens, _steps, _finished, _cancelled;
    private double _secondsPerText = 1;
    private int _turn;
    private volatile int _runningCount;

    public BatchLoop(IDecoder decoder, BatchOptions options)
    {
        (_decoder, _options) = (decoder, options);
        _caches = new CachePool(decoder, decoder.Config.MaxSeqLen, options.MaxTexts);
        _logits = new float[options.MaxTexts * decoder.Config.VocabSize];
    }

    public int Running => _runningCount;

    public BatchCounters Counters(int waiting) => new(
        Running, waiting, Interlocked.Read(ref _promptTokens), Interlocked.Read(ref _cachedTokens),
        Interlocked.Read(ref _generatedTokens), Interlocked.Read(ref _steps), Interlocked.Read(ref _finished),
        Interlocked.Read(ref _cancelled));

    /// <summary>Estimates when a waiting request will have been started, from the durations of recent texts.</summary>
    public TimeSpan EstimateWait(int waiting) =>
        TimeSpan.FromSeconds(Math.Clamp(_secondsPerText * (waiting + 1) / _options.MaxTexts, 1, 60));

    /// <summary>Starts waiting texts while there are caches, and drops canceled ones.</summary>
    public void Admit(FairQueue<RunningText> queue, CancellationToken cancelAll)
    {
        foreach (var text in queue.RemoveWhere(text => IsCancelled(text, cancelAll)))
        {
            CountEnd(isCancelled: true);
            text.Complete(isCancelled: true);
        }
        while (_running.Count < _options.MaxTexts && _caches.HasFree && queue.TryDequeue(out var text))
            Start(text);
        _runningCount = _running.Count;
    }

    /// <summary>Adds a token to every text that has read its prompt, and reads a part of the other prompts.</summary>
    public void Step(CancellationToken cancelAll)
    {
        foreach (var text in _running.Where(text => IsCancelled(text, cancelAll)).ToArray()) Leave(text, isCancelled: true);
        var (texts, inputs) = PlanStep();
        if (texts.Count == 0) return;
        var logits = _logits.AsSpan(0, texts.Count * _decoder.Config.VocabSize);
        try
        {
            _decoder.Append(inputs.ToArray(), logits);
        }
#pragma warning disable CA1031 // A failure ends the texts of the batch, not the server.
        catch (Exception error)
#pragma warning restore CA1031
        {
            foreach (var text in texts) Fail(text, error);
            return;
        }
        Interlocked.Increment(ref _steps);
        for (var i = 0; i < texts.Count; i++)
        {
            texts[i].Cache.Appended(inputs[i].Ids.Span);
            if (inputs[i].NeedsLogits)
                Continue(texts[i], logits.Slice(i * _decoder.Config.VocabSize, _decoder.Config.VocabSize));
        }
    }

    public void Dispose() => _caches.Dispose();

    private void Start(RunningText text)
    {
        try
        {
            text.Start(_caches.Rent(text.Prompt));
        }
#pragma warning disable CA1031 // For example, there is no memory for a cache.
        catch (Exception error)
#pragma warning restore CA1031
        {
            CountEnd(isCancelled: false);
            text.Stream.Fail(error);
            return;
        }
        Interlocked.Add(ref _promptTokens, text.Prompt.Length);
        Interlocked.Add(ref _cachedTokens, text.Cache.Length);
        _running.Add(text);
    }

    // Texts that need prompt tokens take turns at the beginning, so that a long prompt does not delay a short one for long.
    private (List<RunningText> Texts, List<DecoderInput> Inputs) PlanStep()
    {
        var (texts, inputs, budget) = (new List<RunningText>(), new List<DecoderInput>(), _options.PrefillTokens);
        _turn++;
        for (var i = 0; i < _running.Count; i++)
        {
            var text = _running[(i + _turn) % _running.Count];
            if (text.Remaining > 1 && budget == 0) continue;
            var next = text.Next(text.Remaining > 1 ? budget : 1);
            if (text.Remaining > 1) budget -= next.Ids.Length;
            texts.Add(text);
            inputs.Add(next);
        }
        return (texts, inputs);
    }

    private void Continue(RunningText text, Span<float> logits)
    {
        try
        {
            var before = text.GeneratedTokens;
            var continues = text.Continue(logits);
            Interlocked.Add(ref _generatedTokens, text.GeneratedTokens - before);
            if (!continues) Leave(text, isCancelled: false);
        }
#pragma warning disable CA1031 // For example, a logit is NaN. Other texts are not affected.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Fail(text, error);
        }
    }

    private void Leave(RunningText text, bool isCancelled)
    {
        CountEnd(isCancelled);
        _running.Remove(text);
        _runningCount = _running.Count;
        CachePool.Return(text.Cache);
        var result = text.Complete(isCancelled);
        if (!isCancelled) _secondsPerText += ((result.Total - result.Queued).TotalSeconds - _secondsPerText) / 8;
    }

    private void Fail(RunningText text, Exception error)
    {
        CountEnd(isCancelled: false);
        _running.Remove(text);
        _runningCount = _running.Count;
        _caches.Discard(text.Cache);
        text.Stream.Fail(error);
    }

    // Before the text leaves, so that the counters of an idle scheduler are complete.
    private void CountEnd(bool isCancelled)
    {
        Interlocked.Increment(ref _finished);
        if (isCancelled) Interlocked.Increment(ref _cancelled);
    }

    private static bool IsCancelled(RunningText text, CancellationToken cancelAll) =>
        text.Cancellation.IsCancellationRequested || cancelAll.IsCancellationRequested;
}
