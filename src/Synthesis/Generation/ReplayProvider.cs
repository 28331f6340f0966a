
namespace TurkishLlm.Synthesis.Generation;

/// <summary>Answers requests from recorded replies: for the demo, for tests, and for replies obtained elsewhere.</summary>
public sealed class ReplayProvider : IReplyProvider
{
    private readonly Dictionary<(string Group, int Attempt), RecordedReply> _replies = [];
    private readonly string _place;

    /// <param name="path">A file of recorded replies, or a folder of such files (<c>*.jsonl</c>).</param>
    /// <exception cref="FileNotFoundException">There are no recorded replies.</exception>
    /// <exception cref="InvalidDataException">A line is not a recorded reply, or a reply occurs twice.</exception>
    public ReplayProvider(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        _place = path;
        string[] files = Directory.Exists(path) ? [.. Directory.GetFiles(path, "*.jsonl").Order(StringComparer.Ordinal)] : [path];
        if (files.Length == 0 || !File.Exists(files[0]))
            throw new FileNotFoundException(
                $"{path} has no recorded replies. Give a file with lines {{\"group\", \"attempt\", \"text\", "
                    + "\"input_tokens\", \"output_tokens\"}, or a folder of them.",
                path);
        foreach (var file in files)
            foreach (var reply in JsonText.ReadLines<RecordedReply>(file))
                if (!_replies.TryAdd((reply.Group, reply.Attempt), reply))
                    throw new InvalidDataException(
                        FormattableString.Invariant($"{file}: attempt {reply.Attempt} of {reply.Group} occurs twice."));
    }

    /// <summary>Returns true if there is a reply to the first attempt of a group.</summary>
    public bool HasReply(string group) => _replies.ContainsKey((group, 1));

    /// <inheritdoc/>
    public Task<RawReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _replies.TryGetValue((request.Group, attempt), out var reply)
            ? Task.FromResult(RawReply.FromRecorded(reply))
            : throw new ProviderException(
                FormattableString.Invariant($"{_place} has no recorded reply to attempt {attempt} of {request.Group}."),
                FailureKind.RequestRejected);
    }
}
