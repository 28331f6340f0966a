using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using TurkishLlm.Inference.Batching;

namespace TurkishLlm.Server.Api;

/// <summary>The numbers of <c>GET /metrics</c>, in the text format of Prometheus.</summary>
/// <remarks>Source: Prometheus documentation, "Exposition formats", version 0.0.4.</remarks>
internal sealed class ServerMetrics
{
    private readonly ConcurrentDictionary<(string Path, int Status), long> _requests = new();
    private readonly Histogram _firstToken = new(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);
    private readonly Histogram _duration = new(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300);

    public void Record(string path, int status, TimeSpan duration, TimeSpan? firstToken)
    {
        _requests.AddOrUpdate((path, status), 1, (_, count) => count + 1);
        _duration.Record(duration.TotalSeconds);
        if (firstToken is { } first) _firstToken.Record(first.TotalSeconds);
    }

    public string Write(BatchCounters texts)
    {
        var page = new StringBuilder();
        WriteHead(page, "requests_total", "counter", "Requests by path and status; 499: the client left.");
        foreach (var ((path, status), count) in _requests.OrderBy(pair => pair.Key))
            page.Append(CultureInfo.InvariantCulture,
                $"turkishllm_requests_total{{path=\"{path}\",status=\"{status}\"}} {count}\n");
        WriteValue(page, "texts_running", "gauge", "Texts that are being generated.", texts.Running);
        WriteValue(page, "texts_waiting", "gauge", "Texts that wait for memory.", texts.Waiting);
        WriteValue(page, "texts_finished_total", "counter", "Texts that have ended.", texts.FinishedTexts);
        WriteValue(page, "texts_canceled_total", "counter", "Texts that were canceled.", texts.CancelledTexts);
        WriteValue(page, "prompt_tokens_total", "counter", "Tokens of prompts.", texts.PromptTokens);
        WriteValue(page, "cached_tokens_total", "counter", "Tokens of prompts that were cached.", texts.CachedTokens);
        WriteValue(page, "generated_tokens_total", "counter", "Generated tokens.", texts.GeneratedTokens);
        WriteValue(page, "decoder_steps_total", "counter", "Calls of the decoder.", texts.Steps);
        WriteValue(page, "memory_bytes", "gauge", "Memory of the process.", Environment.WorkingSet);
        WriteHead(page, "first_token_seconds", "histogram", "Time until the first token of a request.");
        _firstToken.Write(page, "turkishllm_first_token_seconds");
        WriteHead(page, "request_seconds", "histogram", "Duration of requests.");
        _duration.Write(page, "turkishllm_request_seconds");
        return page.ToString();
    }

    private static void WriteValue(StringBuilder page, string name, string type, string help, long value)
    {
        WriteHead(page, name, type, help);
        page.Append(CultureInfo.InvariantCulture, $"turkishllm_{name} {value}\n");
    }

    private static void WriteHead(StringBuilder page, string name, string type, string help) =>
        page.Append(CultureInfo.InvariantCulture, $"# HELP turkishllm_{name} {help}\n# TYPE turkishllm_{name} {type}\n");

    private sealed class Histogram(params double[] bounds)
    {
        private readonly Lock _gate = new();
        private readonly long[] _counts = new long[bounds.Length + 1];
        private double _sum;

        public void Record(double value)
        {
            var bucket = Array.FindIndex(bounds, bound => value <= bound);
            lock (_gate)
            {
                _counts[bucket < 0 ? bounds.Length : bucket]++;
                _sum += value;
            }
        }

        public void Write(StringBuilder page, string name)
        {
            lock (_gate)
            {
                var total = 0L;
                for (var i = 0; i < bounds.Length; i++)
                    page.Append(CultureInfo.InvariantCulture,
                        $"{name}_bucket{{le=\"{bounds[i]}\"}} {total += _counts[i]}\n");
                page.Append(CultureInfo.InvariantCulture,
                    $"{name}_bucket{{le=\"+Inf\"}} {total += _counts[^1]}\n{name}_sum {_sum}\n{name}_count {total}\n");
            }
        }
    }
}
