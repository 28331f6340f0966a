using Microsoft.AspNetCore.Http;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Model;
using TurkishLlm.Server.Protocol;

namespace TurkishLlm.Server.Api;

/// <summary>The texts of a request while they are generated.</summary>
internal sealed class Submission
{
    private readonly RequestFacts _facts;

    private Submission(GenerationCall call, IReadOnlyList<GeneratedText> streams, RequestFacts facts) =>
        (Call, Streams, _facts) = (call, streams, facts);

    public GenerationCall Call { get; }

    public IReadOnlyList<GeneratedText> Streams { get; }

    /// <summary>Submits the texts of a request. They are canceled when the client leaves.</summary>
    /// <exception cref="ApiException">The queue is full, the server is stopping, or an option is out of range.</exception>
    public static Submission Submit(BatchScheduler scheduler, GenerationCall call, HttpContext context)
    {
        var facts = new RequestFacts { PromptTokens = call.Requests.Sum(request => request.Prompt.Count) };
        context.Features.Set(facts);
        try
        {
            return new(call, scheduler.SubmitAll(call.Requests, context.RequestAborted), facts);
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
    public async Task<TextResult> GetResultAsync(int index)
    {
        var result = await Streams[index].Result;
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
