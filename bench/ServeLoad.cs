using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Server;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>
/// Puts the server under load over HTTP, in this process: requests and tokens per second, time to the first token, and memory.
/// </summary>
/// <param name="folder">Exported model with a tokenizer; its conversations use the template of the tokenizer.</param>
/// <param name="secondsPerLevel">Seconds for each number of clients.</param>
internal sealed partial class ServeLoad(string folder, int secondsPerLevel) : IDisposable
{
    private const int AnswerTokens = 64;

    private static readonly int[] Levels = [1, 8, 32];

    private readonly HttpClient _http = new();
    private int _asked;

    public static async Task<int> RunAsync(string folder, int secondsPerLevel)
    {
        using var load = new ServeLoad(folder, secondsPerLevel);
        await load.RunAsync();
        return 0;
    }

    public void Dispose() => _http.Dispose();

    private async Task RunAsync()
    {
        var exported = ExportedModel.Open(folder);
        var tokenizer = Tokenizer.Load(folder);
        using var weights = exported.LoadParameters(CPU);
        using var decoder = new PackedDecoder(weights);
        using var scheduler = new BatchScheduler(decoder, tokenizer, new(), TimeProvider.System);
        var options = new ServerOptions("bench") { Port = 0, Defaults = new SamplingOptions { MaxTokens = AnswerTokens } };
        await using var server = new ModelServer(
            scheduler, new ChatTemplate(tokenizer), options, NullLoggerFactory.Instance, TimeProvider.System);
        await server.StartAsync();
        _http.BaseAddress = server.Address;
        Console.WriteLine(Invariant($"{folder}, context {scheduler.ContextLength}, answers of up to {AnswerTokens} tokens"));
        await MeasureAsync(clients: 1, TimeSpan.FromSeconds(3));      // compiles the code
        Console.WriteLine(
            "clients  requests/s  tokens/s  first token p50  p99  request p50  p99  memory before  after  managed");
        foreach (var clients in Levels) await ReportAsync(clients);
        await server.StopAsync(TimeSpan.FromSeconds(30));
    }

    private async Task ReportAsync(int clients)
    {
        var before = ReadMemory();
        var row = await MeasureRowAsync(clients);
        // The times of the requests are garbage by now, so that only the server's memory is left.
        GC.Collect();
        Console.WriteLine(
            row + Invariant($"{before / 1e6:F0} MB  {ReadMemory() / 1e6:F0} MB  {GC.GetTotalMemory(true) / 1e6:F1} MB"));
    }

    private async Task<string> MeasureRowAsync(int clients)
    {
        var clock = Stopwatch.StartNew();
        var requests = await MeasureAsync(clients, TimeSpan.FromSeconds(secondsPerLevel));
        var seconds = clock.Elapsed.TotalSeconds;
        return Invariant(
            $"{clients,7}  {requests.Count / seconds,10:F2}  {requests.Sum(request => request.Tokens) / seconds,8:F1}  ")
            + Invariant($"{Quantile(requests, 0.5, request => request.First),12:F0} ms  ")
            + Invariant($"{Quantile(requests, 0.99, request => request.First):F0} ms  ")
            + Invariant($"{Quantile(requests, 0.5, request => request.Total):F0} ms  ")
            + Invariant($"{Quantile(requests, 0.99, request => request.Total):F0} ms  ");
    }

    // Every client asks again as soon as it has its answer, until the time is over.
    private async Task<IReadOnlyList<Request>> MeasureAsync(int clients, TimeSpan duration)
    {
        var clock = Stopwatch.StartNew();
        var requests = await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            var own = new List<Request>();
            while (clock.Elapsed < duration) own.Add(await AskAsync(Interlocked.Increment(ref _asked)));
            return own;
        }));
        return [.. requests.SelectMany(own => own)];
    }

    private async Task<Request> AskAsync(int number)
    {
        var body = Invariant($$"""
            {"messages": [{"role": "user", "content": "{{number}}. makara hangi depoda, kaç kablo kaldı?"}],
             "stream": true, "stream_options": {"include_usage": true}, "temperature": 1, "seed": {{number}} }
            """);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        var (clock, first, tokens) = (Stopwatch.StartNew(), 0.0, 0);
        using var reply = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        reply.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            // The first event has the role only, the last one the number of tokens.
            var isPart = line.StartsWith("data: {", StringComparison.Ordinal)
                && !line.Contains("\"role\"", StringComparison.Ordinal);
            if (isPart && first == 0) first = clock.Elapsed.TotalMilliseconds;
            if (CompletionTokens().Match(line) is { Success: true } match)
                tokens = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        }
        return new(first, clock.Elapsed.TotalMilliseconds, tokens);
    }

    [GeneratedRegex("\"completion_tokens\":([0-9]+)")]
    private static partial Regex CompletionTokens();

    private static double Quantile(IReadOnlyList<Request> requests, double share, Func<Request, double> value)
    {
        var sorted = requests.Select(value).Order().ToArray();
        return sorted[(int)Math.Min(sorted.Length - 1, Math.Floor(share * sorted.Length))];
    }

    private static long ReadMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private sealed record Request(double First, double Total, int Tokens);
}
