using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Files;

namespace TurkishLlm.Cli.Evaluation;

/// <summary>Writes the results of an evaluation as JSON.</summary>
internal static class EvaluationFile
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Indented = true,
        NewLine = "\n",
    };
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes all metrics as one JSON object.</summary>
    public static void WriteReport(string file, EvaluationReport report) => AtomicFile.Write(file, stream =>
    {
        using (var json = new Utf8JsonWriter(stream, Indented)) Write(json, report);
        stream.WriteByte((byte)'\n');
    });

    /// <summary>Writes all metrics as one JSON object to standard output.</summary>
    public static void WriteReport(TextWriter output, EvaluationReport report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Indented)) Write(json, report);
        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    /// <summary>Writes one JSON object per question.</summary>
    public static void WriteRows(string file, GoldEvaluation evaluation) => AtomicFile.Write(file, stream =>
    {
        foreach (var (row, result) in evaluation.Rows.Zip(evaluation.Results))
        {
            using (var json = new Utf8JsonWriter(stream, Compact)) Write(json, row, result);
            stream.WriteByte((byte)'\n');
        }
    });

    private static void Write(Utf8JsonWriter json, EvaluationReport report)
    {
        json.WriteStartObject();
        json.WriteString("model", report.Model);
        if (report.Step is { } step) json.WriteNumber("step", step);
        if (report.IsAverage) json.WriteBoolean("average", true);
        if (report.HeldOut is { } heldOut)
        {
            json.WriteStartObject("held_out");
            if (heldOut.TextLoss is { } text) json.WriteNumber("text_loss", text);
            if (heldOut.AnswerLoss is { } answers) json.WriteNumber("answer_loss", answers);
            if (heldOut.TextMetrics is { } measured)
            {
                if (measured.LossInterval is var (low, high)) Write(json, new ConfidenceInterval(low, high));
                json.WriteNumber("bits_per_byte", measured.BitsPerByte);
                json.WriteNumber("tokens", measured.Tokens);
                json.WriteNumber("bytes", measured.Bytes);
            }
            json.WriteEndObject();
        }
        if (report.Forgetting is { } forgetting)
        {
            json.WriteStartObject("forgetting");
            json.WriteNumber("base_loss", forgetting.BaseLoss);
            json.WriteNumber("loss", forgetting.Loss);
            json.WriteNumber("increase", forgetting.Increase);
            Write(json, forgetting.Interval);
            json.WriteNumber("tokens", forgetting.Tokens);
            json.WriteEndObject();
        }
        if (report.Gold.Count > 0) WriteAnswers(json, report);
        json.WriteEndObject();
    }

    private static void WriteAnswers(Utf8JsonWriter json, EvaluationReport report)
    {
        json.WriteStartObject("options");
        json.WriteNumber("max_tokens", report.Options.MaxTokens);
        json.WriteNumber("samples", report.Options.SamplesPerQuestion);
        json.WriteNumber("temperature", report.Options.Sampling.Temperature);
        json.WriteString("choice_normalization", Name(report.Options.ChoiceNormalization));
        json.WriteString("refusal", report.Options.Refusal);
        json.WriteNumber("seed", report.Options.Seed);
        json.WriteNumber("bootstrap_samples", report.Options.Resamples);
        json.WriteEndObject();

        WriteTexts(json, "gold", report.Gold);
        json.WriteNumber("rows", report.Rows);
        WriteTexts(json, "too_long", report.TooLong);
        json.WriteStartArray("metrics");
        foreach (var metric in report.Metrics)
        {
            json.WriteStartObject();
            json.WriteString("task", Name(metric.TaskType));
            json.WriteString("metric", metric.Metric.Name);
            json.WriteNumber("value", metric.Value);
            Write(json, metric.Interval);
            json.WriteNumber("rows", metric.Rows);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteSlices(json, report);
        if (report.ComparedModel is null) return;

        json.WriteString("compared_model", report.ComparedModel);
        json.WriteStartArray("comparison");
        foreach (var metric in report.Comparison)
        {
            json.WriteStartObject();
            json.WriteString("task", Name(metric.TaskType));
            json.WriteString("metric", metric.Metric.Name);
            json.WriteNumber("value", metric.Value);
            json.WriteNumber("other", metric.Other);
            json.WriteNumber("difference", metric.Value - metric.Other);
            Write(json, metric.Difference);
            json.WriteBoolean("is_significant", metric.IsSignificant);
            json.WriteNumber("better", metric.BetterRows);
            json.WriteNumber("worse", metric.WorseRows);
            json.WriteNumber("rows", metric.Rows);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteSlices(Utf8JsonWriter json, EvaluationReport report)
    {
        if (report.Slices is null) return;
        json.WriteStartObject("slices");
        foreach (var (field, slices) in report.Slices)
        {
            json.WriteStartObject(field);
            foreach (var (slice, metrics) in slices)
            {
                json.WriteStartObject(slice);
                foreach (var (metric, value) in metrics) json.WriteNumber(metric, value.Value);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, GoldRow row, RowResult? result)
    {
        json.WriteStartObject();
        json.WriteString("location", row.Location);
        json.WriteString("task", Name(row.TaskType));
        json.WriteString("question", row.Question);
        WriteTexts(json, "references", row.References);
        if (result is null) json.WriteBoolean("too_long", true);
        else
        {
            json.WriteString("answer", result.Answer);
            if (result.FinishReason is { } reason) json.WriteString("finish_reason", Name(reason));
            json.WriteStartObject("metrics");
            foreach (var (metric, value) in result.Values)
            {
                json.WriteNumber(metric.Name, value.Sum / value.Weight);
                if (metric == Metric.Loss) json.WriteNumber("tokens", value.Weight);
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ConfidenceInterval? interval)
    {
        if (interval is not { } range) return;
        json.WriteNumber("low", range.Low);
        json.WriteNumber("high", range.High);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static string Name<T>(T? value) =>
        value is null ? "all" : JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!);
}
