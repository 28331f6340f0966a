using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Server;

/// <summary>Tools that the server runs, beside those of clients.</summary>
/// <param name="Tools">The tools.</param>
/// <param name="Limits">Limits of an answer.</param>
public sealed record ServerTools(ToolSet Tools, ToolLimits Limits);
