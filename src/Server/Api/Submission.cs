using Microsoft.AspNetCore.Http;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Model;
using TurkishLlm.Server.Protocol;

namespace TurkishLlm.Server.Api;

/// <summary>The texts of a request while they are generated.</summary>
internal sealed class Submission
{
    private readonly BatchScheduler _scheduler;
    private readonly HttpContext _context;
    private readonly RequestFacts _facts;

    private Submission(
        BatchScheduler scheduler, GenerationCall call, IReadOnlyList<GeneratedText> streams, HttpContext context,
        RequestFacts facts) =>
        (_scheduler, Call, Streams, _context, _facts) = (scheduler, call, streams, context, facts);

    /// <summary>Canceled when the client leaves.</summary>
    public CancellationToken Aborted => _context.RequestAborted;

    public GenerationCall Call { get; }

    public IReadOnlyList<GeneratedText> Streams { get; }

    /// <summary>Submits the texts of a request. They are canceled when the client leaves.</summary>
    /// <exception cref="ApiException">The queue is full, the server is stopping, or an option is out of range.</exception>
    public static Submission Submit(BatchScheduler scheduler, GenerationCall call, HttpContext context)
    {
        var facts = new RequestFacts { PromptTokens = call.Requests.Sum(request => request.Prompt.Count) };
        context.Features.Set(facts);
        return new(scheduler, call, Submit(scheduler, call.Requests, context.RequestAborted), context, facts);
    }

    /// <summary>Submits the next turn of a text: the same request with a longer prompt.</summary>
    /// <exception cref="ApiException">The queue is full, or the server is stopping.</exception>
    public GeneratedText Continue(int index, IReadOnlyList<int> prompt)
    {
        var text = Submit(_scheduler, [Call.Requests[index] with { Prompt = prompt }], Aborted)[0];
        lock (_facts) _facts.PromptTokens += prompt.Count;
        return text;
    }

    private static IReadOnlyList<GeneratedText> Submit(
        BatchScheduler scheduler, IReadOnlyList<TextRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            return scheduler.SubmitAll(requests, cancellationToken);
        }
        catch (QueueFullException error)
        {
            throw new ApiException(429, error.Message, code: "queue_full")
            {
                RetryAfter = (int)Math.Ceiling(error.RetryAfter.TotalSeconds),
            };
        }
        catch (SchedulerStoppedException error)
        {
            throw new ApiException(503, error.Message, code: "stopping") { RetryAfter = 5 };
        }
        catch (ConfigurationException error)
        {
            throw ApiException.Invalid(error.Message, parameter: null);
        }
    }

    /// <summary>Waits for a text.</summary>
    /// <exception cref="InvalidDataException">The text could not be computed.</exception>
    public Task<TextResult> GetResultAsync(int index) => GetResultAsync(Streams[index]);

    /// <inheritdoc cref="GetResultAsync(int)"/>
    public async Task<TextResult> GetResultAsync(GeneratedText text)
    {
        var result = await text.Result;
        lock (_facts)
        {
            _facts.CompletionTokens += result.Answer.TokenIds.Count;
            if (_facts.FirstToken is null || result.FirstToken < _facts.FirstToken) _facts.FirstToken = result.FirstToken;
        }
        return result;
    }

    /// <summary>Counts the tokens of all texts.</summary>
    public Usage CountTokens(IReadOnlyList<TextResult> results)
    {
        var (prompt, completion) = (_facts.PromptTokens, results.Sum(result => result.Answer.TokenIds.Count));
        return new(prompt, completion, prompt + completion, new(results.Sum(result => result.CachedTokens)));
    }
}
