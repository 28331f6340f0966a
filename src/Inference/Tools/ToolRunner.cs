using System.Text.Json;
using TurkishLlm.Files;
using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Inference.Tools;

/// <summary>Runs one call within the time limit. An error of the tool is an output too.</summary>
internal sealed class ToolRunner(ToolSet tools, ToolLimits limits, TimeProvider clock)
{
    /// <summary>Runs a call that the model has completed.</summary>
    /// <param name="text">The call as the model wrote it.</param>
    /// <param name="cancellationToken">Abandons the call.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public async Task<ToolRun> RunAsync(string text, CancellationToken cancellationToken)
    {
        if (ToolCall.TryParse(text) is not { } call)
            return new("", text, ToolErrors.Unreadable, ToolOutcome.Unreadable);
        if (tools.Find(call.Name) is not { } tool)
            return new(
                call.Name, call.Arguments, ToolErrors.Unknown(call.Name, tools.Tools.Select(known => known.Name)),
                ToolOutcome.UnknownTool);
        var (output, outcome) = await InvokeAsync(tool, call.Arguments, cancellationToken).ConfigureAwait(false);
        return new(call.Name, call.Arguments, output, outcome);
    }

    private async Task<(string Output, ToolOutcome Outcome)> InvokeAsync(
        ITool tool, string arguments, CancellationToken cancellationToken)
    {
        using var json = StrictJson.Parse(arguments, tool.Name);
        var given = new ToolArguments(json.RootElement.Clone());
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // A thread of the pool, because a tool may block before it awaits anything.
        var work = Task.Run(() => tool.InvokeAsync(given, stop.Token), CancellationToken.None);
        Abandon(work, stop);
        try
        {
            var output = await work.WaitAsync(limits.Timeout, clock, cancellationToken).ConfigureAwait(false);
            return (output ?? "", ToolOutcome.Completed);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (TimeoutException) when (!work.IsCompleted)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            return (ToolErrors.TimedOut(limits.Timeout), ToolOutcome.TimedOut);
        }
        catch (Exception error)
        {
            return (ToolErrors.Failed(error.Message), ToolOutcome.Failed);
        }
    }

    // Observes the error of a tool that ends after its limit, and frees its token.
    private static void Abandon(Task work, CancellationTokenSource stop) => work.ContinueWith(
        ended =>
        {
            _ = ended.Exception;
            stop.Dispose();
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
