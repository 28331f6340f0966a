using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;

namespace TurkishLlm.Server;

/// <summary>Options of a <see cref="ModelServer"/>.</summary>
/// <param name="ModelName">Name of the model in requests and replies.</param>
public sealed record ServerOptions(string ModelName)
{
    /// <summary>Address to listen on: an IP address, or <c>localhost</c>. Other machines reach only other addresses.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Port to listen on (0 = any free port).</summary>
    public int Port { get; init; } = 8080;

    /// <summary>The key that clients must send as a bearer token; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Maximum size of a request, in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>Maximum number of texts of one request.</summary>
    public int MaxChoices { get; init; } = 8;

    /// <summary>Sampling options of requests that do not give them. The seed is that of the first such request.</summary>
    public SamplingOptions Defaults { get; init; } = new();

    /// <summary>Web pages of other origins that may send requests, such as <c>http://localhost:3000</c>.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Validates all values and reports all problems at once.</summary>
    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public void Validate()
    {
        var problems = new List<ConfigurationProblem>();
        if (string.IsNullOrWhiteSpace(ModelName)) problems.Add(new("The name of the model is empty; give a name.", "model_name"));
        if (HttpHost.FindProblem(Port) is { } problem) problems.Add(problem);
        if (ApiKey is { } key && string.IsNullOrWhiteSpace(key))
            problems.Add(new("The API key is empty; give a key, or none to accept all requests.", "api_key"));
        if (MaxBodyBytes < 1024)
            problems.Add(new(FormattableString.Invariant(
                $"max_body_bytes is {MaxBodyBytes}; it must be at least 1024."), "max_body_bytes"));
        if (MaxChoices < 1)
            problems.Add(new(FormattableString.Invariant($"max_choices is {MaxChoices}; it must be at least 1."), "max_choices"));
        foreach (var origin in CorsOrigins)
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin)
                problems.Add(
                    new($"The origin {origin} is not a scheme and a host, such as http://localhost:3000.", "cors_origins"));
        ConfigurationException.ThrowIfAny(problems);
        Defaults.Validate();
    }
}
