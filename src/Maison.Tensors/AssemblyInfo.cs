using System.Runtime.CompilerServices;

// Kernels take scratch on the stack; clearing it would cost more than using it.
[module: SkipLocalsInit]

[assembly: InternalsVisibleTo("Maison.Tests")]
[assembly: InternalsVisibleTo("Maison.Laws")]
[assembly: InternalsVisibleTo("Maison.Bench")]
