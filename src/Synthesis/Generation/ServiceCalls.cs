namespace TurkishLlm.Synthesis.Generation;

/// <summary>Calls a library of a service, and records the response that the library receives.</summary>
/// <param name="failures">Converts failed requests.</param>
internal sealed class ServiceCalls(ProviderExceptionFactory failures)
{
    /// <summary>Returns the result of a call.</summary>
    /// <exception cref="ProviderException">The request failed.</exception>
    public async Task<T> GuardAsync<T>(Func<Task<T>> ask)
    {
        var response = ResponseRecorder.Record();
        try
        {
            return await ask();
        }
        catch (Exception error) when (ProviderExceptionFactory.IsProviderFailure(error))
        {
            throw failures.Create(error, response);
        }
    }

    /// <summary>Returns the body of the response to a call, even if the library cannot parse it.</summary>
    /// <exception cref="ProviderException">The request failed.</exception>
    public async Task<byte[]> GetBytesAsync(Func<Task> ask)
    {
        var response = ResponseRecorder.Record();
        try
        {
            await ask();
        }
        catch (Exception error) when (ProviderExceptionFactory.IsProviderFailure(error))
        {
            if (!response.IsReply) throw failures.Create(error, response);
        }
        if (!response.IsReply) throw failures.Create(new IOException("no reply"), response);
        return failures.Redact(response.Bytes.ToArray()).ToArray();
    }
}
