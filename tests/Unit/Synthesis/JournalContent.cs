using System.Globalization;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Writes everything that can be observed of a journal as lines of text.</summary>
internal static class JournalContent
{
    private const int MaxReplies = 3;

    /// <summary>Returns the lines.</summary>
    /// <param name="state">The journal.</param>
    /// <param name="requests">Ids of the requests that are observed.</param>
    /// <param name="results">Results of batches that may be in the journal.</param>
    public static string[] Describe(
        JournalState state, IEnumerable<string> requests, params IEnumerable<ReceivedEntry> results) =>
    [
        .. state.Replies.Select(JsonText.Serialize),
        .. state.InDoubtSends.Select(JsonText.Serialize),
        .. state.OpenBatches.Select(batch => $"{JsonText.Serialize(batch.Sent)} {batch.Name}"),
        .. requests.Select(request => string.Create(
            CultureInfo.InvariantCulture,
            $"{request}: \"{state.FindAnswer(request)?.Text}\" {state.FindProblem(request)} next {state.GetNextAttempt(request)} "
                + $"{state.MayRequest(request, MaxReplies)}")),
        .. results.Select(result => $"has {JsonText.Serialize(result)}: {state.HasResult(result)}"),
        string.Create(
            CultureInfo.InvariantCulture,
            $"{state.Spent} spent, {state.InDoubtCost} in doubt, {state.SendCount} sends, {state.FailureCount} failures, "
                + $"{state.RepliesWithoutUsage} without usage"),
    ];
}
