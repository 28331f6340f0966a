using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>
/// A local service that implements the required parts of Anthropic's and OpenAI's APIs, with faults. It supports Idempotency-Key:
/// an attempt is answered and charged once, and the same reply is sent again on request.
/// </summary>
internal sealed class StubService : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, int> _visits = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _files = new(StringComparer.Ordinal);

    public StubService()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address =>
        string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The fault of the n-th visit of a key, from 0.</summary>
    public Func<string, int, ServiceFault> Faults { get; init; } = (_, _) => ServiceFault.None;

    /// <summary>The text of the reply, by key and request.</summary>
    public Func<string, string, string> Reply { get; init; } = (_, _) => "{\"pairs\":[]}";

    /// <summary>A special response to a request: status, headers, body; null for the regular response.</summary>
    public Func<string, string, string, (int Status, string Headers, string Body)?> Special { get; init; } = (_, _, _) => null;

    /// <summary>The created replies by key; each is charged once.</summary>
    public ConcurrentDictionary<string, string> Paid { get; } = new(StringComparer.Ordinal);

    /// <summary>The received requests: method and path, headers, body.</summary>
    public ConcurrentQueue<(string Line, string Headers, string Body)> Requests { get; } = [];

    /// <summary>The batches: the service's name; the client's name or the size; and the keys.</summary>
    public ConcurrentDictionary<string, (string Name, string[] Keys)> Batches { get; } = new(StringComparer.Ordinal);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owner = client;
        try
        {
            using var stream = client.GetStream();
            while (await ReadAsync(stream) is var (line, headers, body))
            {
                Requests.Enqueue((line, headers, body));
                if (!await AnswerAsync(stream, line, headers, body)) return;
            }
        }
        catch (Exception error)
            when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has disconnected.
        }
    }

    /// <returns>False if the connection is to be closed.</returns>
    private async Task<bool> AnswerAsync(NetworkStream stream, string line, string headers, string body)
    {
        var (method, path) = (line.Split(' ')[0], line.Split(' ')[1].Split('?')[0]);
        var key = Header(headers, "Idempotency-Key") ?? "";
        if (Special(line, headers, body) is var (specialStatus, specialHeaders, specialBody))
        {
            await SendAsync(stream, specialStatus, specialBody, specialHeaders);
            return true;
        }
        if (Batch(method, path, headers, body) is { } batch)
        {
            if (batch is "lost") return false;
            await SendAsync(
                stream, 200, batch, "",
                isLines: path.Contains("results", StringComparison.Ordinal) || path.EndsWith("content", StringComparison.Ordinal)
            );
            return true;
        }

        var fault = Faults(key, _visits.AddOrUpdate(key, 0, (_, visits) => visits + 1));
        switch (fault)
        {
            case ServiceFault.ClosedAtOnce: return false;
            case ServiceFault.TooManyRequests:
                await SendAsync(
                    stream, 429, """{"error":{"type":"rate_limit_error","message":"slow down"}}""", "Retry-After: 0\r\n");
                return true;
            case ServiceFault.ServerError:
                await SendAsync(stream, 500, """{"error":{"type":"api_error","message":"internal"}}""");
                return true;
            case ServiceFault.Delay: await Task.Delay(15, _stop.Token); break;
        }
        var reply = Paid.GetOrAdd(key, _ => Envelope(path, Reply(key, body)));
        switch (fault)
        {
            case ServiceFault.ClosedAfterPaying: return false;
            case ServiceFault.BrokenJson: await SendAsync(stream, 200, reply[..(reply.Length / 2)]); return true;
            case ServiceFault.Truncated:
                await stream.WriteAsync(
                    Encoding.UTF8.GetBytes(
                        string.Create(
                            CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                                + $"{Encoding.UTF8.GetByteCount(reply)}\r\n\r\n{reply[..(reply.Length / 3)]}")));
                return false;
            default: await SendAsync(stream, 200, reply); return true;
        }
    }

    private static string Envelope(string path, string text) => (path.EndsWith("/messages", StringComparison.Ordinal)
        ? new JsonObject
        {
            ["id"] = "msg_1",
            ["type"] = "message",
            ["role"] = "assistant",
            ["model"] = "stub",
            ["stop_reason"] = "end_turn",
            ["stop_sequence"] = null,
            ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text, ["citations"] = null }),
            ["usage"] = new JsonObject { ["input_tokens"] = 100, ["output_tokens"] = 50 },
        }
        : new JsonObject
        {
            ["id"] = "chatcmpl-1", ["object"] = "chat.completion", ["created"] = 1, ["model"] = "stub",
            ["choices"] = new JsonArray(
                new JsonObject
                {
                    ["index"] = 0,
                    ["finish_reason"] = "stop",
                    ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
                }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = 100, ["completion_tokens"] = 50, ["total_tokens"] = 150 },
        }).ToJsonString();

    private string? Batch(string method, string path, string headers, string body)
    {
        if (path.EndsWith("/messages/batches", StringComparison.Ordinal))
        {
            if (method == "GET")
                return new JsonObject
                {
                    ["data"] = new JsonArray([
                        .. Batches.Keys.Order(StringComparer.Ordinal).Select(id => (JsonNode)AnthropicBatch(id)),
                    ]),
                    ["has_more"] = false,
                    ["first_id"] = null,
                    ["last_id"] = null,
                }.ToJsonString();
            var requests = JsonNode.Parse(body)!["requests"]!.AsArray();
            var made = CreateBatch("", [.. requests.Select(request => (string)request!["custom_id"]!)], custom =>
                requests.Single(request => (string)request!["custom_id"]! == custom)!["params"]!.ToJsonString());
            return LosesNextBatch ? "lost" : AnthropicBatch(made).ToJsonString();
        }
        if (path.Contains("/messages/batches/", StringComparison.Ordinal))
        {
            var id = path.Split('/')[4];
            return !path.EndsWith("/results", StringComparison.Ordinal)
                ? AnthropicBatch(id).ToJsonString()
                : string.Concat(
                    Batches[id]
                        .Keys.Select(key =>
                            new JsonObject
            {
                ["custom_id"] = key,
                ["result"] = Paid.TryGetValue(key, out var reply)
                    ? new JsonObject { ["type"] = "succeeded", ["message"] = JsonNode.Parse(reply) }
                    : new JsonObject
                    {
                        ["type"] = "errored",
                        ["error"] = new JsonObject
                        {
                            ["type"] = "error",
                            ["request_id"] = null,
                            ["error"] = new JsonObject { ["type"] = "api_error", ["message"] = "no" },
                        },
                    },
            }.ToJsonString() + "\n"));
        }
        if (path.EndsWith("/files", StringComparison.Ordinal))
        {
            var content = body[body.IndexOf("{\"custom_id\"", StringComparison.Ordinal)..];
            var id = string.Create(CultureInfo.InvariantCulture, $"file-{_files.Count}");
            _files[id] = string.Join('\n', content.Split('\n').TakeWhile(line => line.StartsWith('{')));
            return new JsonObject
            {
                ["id"] = id,
                ["object"] = "file",
                ["bytes"] = 1,
                ["created_at"] = 1,
                ["filename"] = "f.jsonl",
                ["purpose"] = "batch",
                ["status"] = "processed",
            }.ToJsonString();
        }
        if (path.Contains("/files/", StringComparison.Ordinal)) return _files[path.Split('/')[^2]];
        if (path.EndsWith("/batches", StringComparison.Ordinal))
        {
            if (method == "GET")
                return new JsonObject
                {
                    ["object"] = "list",
                    ["data"] = new JsonArray([.. Batches.Keys.Select(id => (JsonNode)OpenAIBatch(id))]),
                    ["has_more"] = false,
                }.ToJsonString();
            var asked = JsonNode.Parse(body)!;
            var lines = _files[(string)asked["input_file_id"]!].Split('\n').Select(text => JsonNode.Parse(text)!).ToArray();
            var made = CreateBatch(
                (string)asked["metadata"]!["turkishllm"]!,
                [.. lines.Select(text => (string)text["custom_id"]!)],
                custom => lines.Single(text => (string)text["custom_id"]! == custom)["body"]!.ToJsonString(),
                isOpenAI: true);
            return LosesNextBatch ? "lost" : OpenAIBatch(made).ToJsonString();
        }
        return path.Contains("/batches/", StringComparison.Ordinal) ? OpenAIBatch(path.Split('/')[^1]).ToJsonString() : null;
    }

    /// <summary>If true, the next batch is accepted, but the client receives no response.</summary>
    public bool LosesNextBatch { get; set; }

    private string CreateBatch(string name, string[] keys, Func<string, string> bodyOf, bool isOpenAI = false)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"batch_{Batches.Count}");
        foreach (var key in keys)
            if (Faults(key, _visits.AddOrUpdate(key, 0, (_, visits) => visits + 1)) != ServiceFault.ServerError)
                Paid.GetOrAdd(key, _ => Envelope(isOpenAI ? "" : "/messages", Reply(key, bodyOf(key))));
        if (isOpenAI)
            _files[id + "-out"] = string.Concat(keys.Select(key => (Paid.TryGetValue(key, out var reply)
                ? new JsonObject
                {
                    ["custom_id"] = key,
                    ["response"] = new JsonObject { ["status_code"] = 200, ["body"] = JsonNode.Parse(reply) },
                    ["error"] = null,
                }
                : new JsonObject
                {
                    ["custom_id"] = key,
                    ["response"] = new JsonObject { ["status_code"] = 500, ["body"] = new JsonObject() },
                    ["error"] = null,
                }).ToJsonString() + "\n"));
        Batches[id] = (name, keys);
        return id;
    }

    private JsonObject AnthropicBatch(string id) => new()
    {
        ["id"] = id,
        ["type"] = "message_batch",
        ["processing_status"] = "ended",
        ["created_at"] = DateTimeOffset
            .Parse("2099-01-01T00:00:00Z", CultureInfo.InvariantCulture)
            .ToString("O", CultureInfo.InvariantCulture),
        ["expires_at"] = "2099-01-02T00:00:00Z",
        ["ended_at"] = "2099-01-01T01:00:00Z",
        ["archived_at"] = null,
        ["cancel_initiated_at"] = null,
        ["results_url"] = $"{Address}/v1/messages/batches/{id}/results",
        ["request_counts"] = new JsonObject
        {
            ["processing"] = 0,
            ["succeeded"] = Batches[id].Keys.Length,
            ["errored"] = 0,
            ["canceled"] = 0,
            ["expired"] = 0,
        },
    };

    private JsonObject OpenAIBatch(string id) => new()
    {
        ["id"] = id,
        ["object"] = "batch",
        ["endpoint"] = "/v1/chat/completions",
        ["input_file_id"] = "file-0",
        ["completion_window"] = "24h",
        ["status"] = "completed",
        ["created_at"] = 1,
        ["output_file_id"] = id + "-out",
        ["error_file_id"] = null,
        ["metadata"] = new JsonObject { ["turkishllm"] = Batches[id].Name },
    };

    private static string? Header(string headers, string name) =>
        headers
            .Split("\r\n")
            .Where(header => header.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(header => header[(name.Length + 1)..].Trim())
            .FirstOrDefault();

    private static async Task SendAsync(
        NetworkStream stream, int status, string body,
        string headers = "",
        bool isLines = false) =>
        await stream.WriteAsync(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} X\r\nContent-Type: {(isLines ? "application/x-jsonl" : "application/json")}\r\n"
                + $"{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}")));

    private async Task<(string Line, string Headers, string Body)?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || !(head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return null;
            head.Add(one[0]);
        }
        var text = Encoding.ASCII.GetString([.. head]);
        var (line, headers) = (text[..text.IndexOf("\r\n", StringComparison.Ordinal)], text);
        if (Header(headers, "Expect") is not null) await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
        if (Header(headers, "Transfer-Encoding") is not null)
        {
            var chunks = new List<byte>();
            while (int.Parse(await LineAsync(stream), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
            {
                var chunk = new byte[size + 2];
                await stream.ReadExactlyAsync(chunk, _stop.Token);
                chunks.AddRange(chunk.AsSpan(0, size));
            }
            await LineAsync(stream);
            return (line, headers, Encoding.UTF8.GetString([.. chunks]));
        }
        var body = new byte[int.Parse(Header(headers, "Content-Length") ?? "0", CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return (line, headers, Encoding.UTF8.GetString(body));
    }

    private async Task<string> LineAsync(NetworkStream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < 2 || line[^1] != '\n')
        {
            await stream.ReadExactlyAsync(one, _stop.Token);
            line.Append((char)one[0]);
        }
        return line.ToString().Trim();
    }
}
