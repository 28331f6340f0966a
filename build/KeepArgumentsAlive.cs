using System;
using System.IO;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies an assembly and changes one attribute of it, so that its methods are compiled without optimization and hold their
/// arguments until they return. The package's own file is left as it is; docs/torchsharp.md says why.
/// </summary>
public sealed class KeepArgumentsAlive : Task
{
    // Value of a DebuggableAttribute as release builds have it: its length, two bytes that begin it,
    // IgnoreSymbolStoreSequencePoints
    // in four bytes, and no named arguments.
    private static readonly byte[] Optimized = { 8, 1, 0, 2, 0, 0, 0, 0, 0 };

    [Required] public string Library { get; set; }
    [Required] public string Output { get; set; }

    public override bool Execute()
    {
        if (File.Exists(Output) && File.GetLastWriteTimeUtc(Output) >= File.GetLastWriteTimeUtc(Library)) return true;
        var file = File.ReadAllBytes(Library);
        var at = Find(file, 0);
        if (at < 0 || Find(file, at + 1) >= 0)
        {
            Log.LogError(
                "{0} is not the TorchSharp.dll that was expected: its DebuggableAttribute was not found. "
                    + "Take TorchSharp 0.107.0.",
                Library);
            return false;
        }
        // DisableOptimizations (256), which the runtime heeds together with Default (1) only.
        file[at + 3] |= 1;
        file[at + 4] |= 1;
        Directory.CreateDirectory(Path.GetDirectoryName(Output));
        // Several projects may do this at the same time: each writes a file of its own and the last one stays.
        var unfinished = Output + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(unfinished, file);
        try
        {
            if (File.Exists(Output)) File.Delete(Output);
            File.Move(unfinished, Output);
        }
        catch (IOException) when (File.Exists(Output))
        {
            File.Delete(unfinished);
        }
        return true;
    }

    private static int Find(byte[] file, int from)
    {
        for (var at = from; at <= file.Length - Optimized.Length; at++)
        {
            var i = 0;
            while (i < Optimized.Length && file[at + i] == Optimized[i]) i++;
            if (i == Optimized.Length) return at;
        }
        return -1;
    }
}
