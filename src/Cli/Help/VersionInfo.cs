using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Cli.Help;

/// <summary>Versions of the program and of the libraries it uses.</summary>
internal static class VersionInfo
{
    /// <summary>Writes one line per component.</summary>
    public static void Write(TextWriter output)
    {
        foreach (var (name, version) in Find()) output.WriteLine($"{name,-10}  {version}");
    }

    /// <summary>Writes the versions as a JSON object.</summary>
    public static void WriteJson(TextWriter output) => JsonOutput.Write(
        output, Find().ToDictionary(named => named.Name.TrimStart('.').ToLowerInvariant(), named => named.Version));

    // The SDK appends the commit to the informational version if the build knows it.
    private static IEnumerable<(string Name, string Version)> Find()
    {
        var program = GetVersion(typeof(VersionInfo).Assembly).Split('+', 2);
        yield return ("turkishllm", program[0]);
        yield return ("commit", program is [_, var commit] ? commit : "unknown");
        yield return (".NET", Environment.Version.ToString());
        yield return ("TorchSharp", GetVersion(typeof(torch).Assembly).Split('+')[0]);
        yield return ("libtorch", FindLibtorchVersion());
        var architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        yield return ("system", $"{RuntimeInformation.OSDescription}, {architecture}");
    }

    private static string GetVersion(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    // Loads the library, since TORCH_DIR may name another one than the package.
    private static string FindLibtorchVersion()
    {
        try
        {
            return TorchLibrary.Version;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return "not available; run turkishllm doctor";
        }
    }
}
