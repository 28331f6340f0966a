using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies a 64-bit ELF library and marks one symbol, and the library version it belongs to, as weak: the loader then accepts a
/// system that has neither. The package's own file is left as it is.
/// </summary>
/// <remarks>Source: System V ABI, ELF object files, "Symbol Table"; Linux Standard Base, "Symbol Versioning".</remarks>
public sealed class WeakenMissingSymbol : Task
{
    private const int DynamicStrings = 3, DynamicSymbols = 11, VersionNeeds = 0x6ffffffe;
    private const int WeakBinding = 2, WeakVersion = 2;

    [Required] public string Library { get; set; }
    [Required] public string Symbol { get; set; }
    [Required] public string Version { get; set; }
    [Required] public string Output { get; set; }

    public override bool Execute()
    {
        if (File.Exists(Output) && File.GetLastWriteTimeUtc(Output) >= File.GetLastWriteTimeUtc(Library)) return true;
        var file = File.ReadAllBytes(Library);
        try
        {
            if (!Weaken(file, Symbol, Version))
                Log.LogMessage(
                    MessageImportance.Low, "{0} does not need {1} of {2}; it is copied unchanged.", Library, Symbol, Version);
        }
        catch (Exception error) when (
            error is InvalidDataException || error is ArgumentException ||
            error is IndexOutOfRangeException || error is InvalidOperationException)
        {
            Log.LogError(
                "{0} cannot be read as a Linux library: {1} Delete its package's folder from the NuGet cache and restore again.",
                Library, error.Message);
            return false;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Output));
        // Several projects may do this at the same time: each writes a file of its own and the last one stays.
        var unfinished = Output + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(unfinished, file);
        if (File.Exists(Output)) File.Delete(Output);
        try
        {
            File.Move(unfinished, Output);
        }
        catch (IOException) when (File.Exists(Output))
        {
            File.Delete(unfinished);
        }
        return true;
    }

    /// <summary>Changes the bytes of a library; false when it does not need the version.</summary>
    public static bool Weaken(byte[] file, string symbol, string version)
    {
        if (
            file.Length < 64
            || file[0] != 0x7f
            || file[1] != 'E'
            || file[2] != 'L'
            || file[3] != 'F'
            || file[4] != 2
            || file[5] != 1)
            throw new InvalidDataException("Not a 64-bit little-endian ELF file.");
        var sections = Enumerable.Range(0, BitConverter.ToUInt16(file, 60))
            .Select(i => (int)BitConverter.ToInt64(file, 40) + i * BitConverter.ToUInt16(file, 58)).ToArray();
        int Kind(int section) { return BitConverter.ToInt32(file, section + 4); }
        int Offset(int section) { return (int)BitConverter.ToInt64(file, section + 24); }
        int Size(int section) { return (int)BitConverter.ToInt64(file, section + 32); }
        int Link(int section) { return sections[BitConverter.ToInt32(file, section + 40)]; }
        string Text(int strings, int at)
        {
            var start = Offset(strings) + at;
            return Encoding.ASCII.GetString(file, start, Array.IndexOf(file, (byte)0, start) - start);
        }

        var needs = sections.Single(section => Kind(section) == VersionNeeds);
        var symbols = sections.Single(section => Kind(section) == DynamicSymbols);
        var weakened = false;
        for (int library = Offset(needs), next = 1; next != 0; library += next)
        {
            next = BitConverter.ToInt32(file, library + 12);
            for (int entry = library + BitConverter.ToInt32(file, library + 8), after = 1; after != 0; entry += after)
            {
                after = BitConverter.ToInt32(file, entry + 12);
                if (Text(Link(needs), BitConverter.ToInt32(file, entry + 8)) != version) continue;
                file[entry + 4] |= WeakVersion;
                weakened = true;
            }
        }
        if (!weakened) return false;
        for (var at = Offset(symbols); at < Offset(symbols) + Size(symbols); at += 24)
            if (Text(Link(symbols), BitConverter.ToInt32(file, at)) == symbol)
                file[at + 4] = (byte)(WeakBinding << 4 | file[at + 4] & 15);
        return true;
    }
}
