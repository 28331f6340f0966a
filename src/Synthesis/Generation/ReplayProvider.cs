using TurkishLlm.Synthesis.Files;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Answers from recorded replies: for the demonstration, for tests, and for replies that were got elsewhere.</summary>
public sealed class ReplayProvider : IReplyProvider
{
    private readonly Dictionary<(string Group, int Attempt), RecordedReply> _replies = [];
    private readonly string _place;

    /// <param name="path">A file of recorded replies, or a folder of such files (<c>*.jsonl</c>).</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A line is no recorded reply, or one is there twice.</exception>
    public ReplayProvider(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        _place = path;
        string[] files = Directory.Exists(path) ? [.. Directory.GetFiles(path, "*.jsonl").Order(StringComparer.Ordinal)] : [path];
        if (files.Length == 0 || !File.Exists(files[0])) throw new FileNotFoundException($"There are no recorded replies in {path}: a file of lines {{\"group\", \"attempt\", \"text\", \"input_tokens\", \"output_tokens\"}}, or a folder of them.", path);
        foreach (var file in files)
            foreach (var reply in TextFile.ReadLines<RecordedReply>(file))
                if (!_replies.TryAdd((reply.Group, reply.Attempt), reply)) throw new InvalidDataException(FormattableString.Invariant($"{file}: attempt {reply.Attempt} of {reply.Group} is there twice."));
    }

    /// <inheritdoc/>
    public Task<ModelReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _replies.TryGetValue((request.Group, attempt), out var reply)
            ? Task.FromResult(new ModelReply(reply.Text, reply.InputTokens, reply.OutputTokens, "end_turn"))
            : throw new ProviderException(FormattableString.Invariant($"There is no recorded reply to attempt {attempt} of {request.Group} in {_place}."), FailureKind.RequestRejected);
    }
}
